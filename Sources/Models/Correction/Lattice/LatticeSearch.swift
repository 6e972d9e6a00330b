import Foundation

/// Refines a predicted affine map by the lattice that nearest-neighbour sampling left in the pixels:
/// from some pixels' error at the corners to a few hundredths of one.
///
/// The map is taken to be one of the paper's (section 4): rotation, scale and shear along x, as
/// torchvision's `RandomAffine` with a single shear range draws them. That ties the two coordinates'
/// lattices together, m₀ m₄ − m₁ m₃ = m₃² + m₄², and says which whole pixels, that leave no trace
/// themselves, the image was moved by: the centre of x, moved by them, shows the original's centre.
enum LatticeSearch {
  /// What was found.
  struct Result {
    let map: LatticeMap
    /// The log-likelihood ratio of the weaker of the two lattices.
    let gain: Double
    /// How far the pair is ahead of the best one elsewhere, in log-likelihood.
    let lead: Double

    /// Whether to trust it. Of 160 draws of 40 photos that the shipped transformer never saw, 149
    /// were trusted and 141 of these were right.
    var isSure: Bool { gain >= 12 && lead >= Self.leastLead && gain + lead >= 24 }

    /// Below it nothing is sure, whatever the gain.
    static let leastLead = 3.0
  }

  /// One pass over a square of frequencies around the prediction.
  private struct Pass {
    /// Half of the square's side.
    let radius: Double
    let step: Double
    /// Expected error of a prediction's coefficients: scale of a Student distribution with two
    /// degrees of freedom, since some predictions are far off.
    let scale: Double
  }

  private static let passes = [
    Pass(radius: 0.03, step: 0.001, scale: 0.006), Pass(radius: 0.108, step: 0.0015, scale: 0.015),
  ]
  /// Steps, harmonics and phases of the refinement, which looks at 9×9 pairs each.
  private static let refinements = [(0.0004, 12, 64), (0.00012, 32, 128)]

  /// The map of an image near a prediction, or `nil` when its pixels do not determine it.
  ///
  /// - Parameter image: 256×256×3, normalised from 8-bit values.
  static func refine(_ image: UnsafePointer<Float>, near predicted: LatticeMap) -> Result? {
    let evidence = LatticeEvidence(image: image)
    for pass in passes {
      if let found = search(evidence, predicted, pass), found.isSure { return found }
    }
    return nil
  }

  /// `nil` where no pair is ahead of the others.
  private static func search(
    _ evidence: LatticeEvidence, _ predicted: LatticeMap, _ pass: Pass
  ) -> Result? {
    let reach = Int((pass.radius / pass.step).rounded())
    let offsets = (-reach...reach).map { Double($0) * pass.step }
    let scores = LatticeEvidence.Axis.allCases.map { axis in
      score(evidence, axis, predicted, offsets, pass)
    }
    let pair = bestPair(scores, predicted, offsets, pass.step)
    guard Double(pair.lead) >= Result.leastLead else { return nil }
    let start = LatticeMap(
      values: LatticeEvidence.Axis.allCases.flatMap { axis -> [Double] in
        let row = 3 * axis.rawValue
        let cell = axis == .horizontal ? pair.u : pair.v
        return [
          predicted.values[row] + offsets[cell / offsets.count],
          predicted.values[row + 1] + offsets[cell % offsets.count], 0,
        ]
      })
    // A lattice's second harmonic passes for a lattice of its own.
    let candidates = [start, start.halfway].map { refined(evidence, $0, predicted) }
    let best = candidates[1].total > candidates[0].total ? candidates[1] : candidates[0]
    return Result(
      map: best.map.movedByWholePixels(near: predicted), gain: best.weaker, lead: Double(pair.lead))
  }

  /// The most probable map a few steps around a start.
  private static func refined(
    _ evidence: LatticeEvidence, _ start: LatticeMap, _ predicted: LatticeMap
  ) -> (map: LatticeMap, total: Double, weaker: Double) {
    var map = start
    var gains: [Double] = []
    for axis in LatticeEvidence.Axis.allCases {
      let row = 3 * axis.rawValue
      var (phase, gain) = (0.0, 0.0)
      for (step, harmonics, phases) in refinements {
        let near = (-4...4).map { Double($0) * step }
        let likelihood = evidence.likelihood(
          axis,
          grid(
            axis, map.values[row], map.values[row + 1], near, harmonics: harmonics, phases: phases))
        let best = argmax(likelihood.gain)
        map.values[row] += near[best / near.count]
        map.values[row + 1] += near[best % near.count]
        (phase, gain) = (Double(likelihood.phase[best]), Double(likelihood.gain[best]))
      }
      map.setPhase(phase, row: row, near: predicted)
      gains.append(gain)
    }
    return (map, gains.reduce(0, +), gains.min() ?? 0)
  }

  private static func grid(
    _ axis: LatticeEvidence.Axis, _ first: Double, _ second: Double, _ offsets: [Double],
    harmonics: Int, phases: Int
  ) -> LatticeEvidence.Grid {
    LatticeEvidence.Grid(
      u: offsets.map { first + $0 - (axis == .horizontal ? 1 : 0) },
      v: offsets.map { second + $0 - (axis == .vertical ? 1 : 0) }, harmonics: harmonics,
      phases: phases)
  }

  /// Log-likelihood ratio and prior at each pair of offsets.
  private static func score(
    _ evidence: LatticeEvidence, _ axis: LatticeEvidence.Axis, _ predicted: LatticeMap,
    _ offsets: [Double], _ pass: Pass
  ) -> [Float] {
    let row = 3 * axis.rawValue
    let likelihood = evidence.likelihood(
      axis,
      grid(
        axis, predicted.values[row], predicted.values[row + 1], offsets, harmonics: 8, phases: 32))
    let freedom = 2.0
    let priors = offsets.map { $0 * $0 / (freedom * pass.scale * pass.scale) }
    return likelihood.gain.enumerated().map { index, gain in
      let prior = 1 + priors[index / offsets.count] + priors[index % offsets.count]
      return max(gain, 0) - Float((freedom + 2) / 2 * Foundation.log(prior))
    }
  }

  /// The pair of cells, one for each coordinate, that fit each other and are most probable.
  private static func bestPair(
    _ scores: [[Float]], _ predicted: LatticeMap, _ offsets: [Double], _ step: Double
  ) -> (u: Int, v: Int, lead: Float) {
    let count = offsets.count
    // The tie between coordinates holds up to a cell.
    let loose = maximumOfNeighbours(scores[0], count)
    let p = predicted.values
    var totals = [Float](repeating: -.infinity, count: count * count)
    var partners = [Int](repeating: 0, count: count * count)
    func fill(_ cell: Int) {
      let (m3, m4) = (p[3] + offsets[cell / count], p[4] + offsets[cell % count])
      var best = -Float.infinity
      var partner = 0
      // Where m₀ lies among the cells, as a line over m₁'s.
      let slope = m3 / m4
      let start =
        ((m3 * m3 + m4 * m4 + (p[1] + offsets[0]) * m3) / m4 - p[0]) / step + Double(count / 2)
      loose.withUnsafeBufferPointer { loose in
        for k in 0..<count {
          let place = start + slope * Double(k) + 0.5
          guard place >= 0, place < Double(count) else { continue }
          let cell = Int(place) * count + k
          if loose[cell] > best { (best, partner) = (loose[cell], cell) }
        }
      }
      totals[cell] = scores[1][cell] + best
      partners[cell] = partner
    }
    // The best of each block first. At most four of them lie beside the winner, so that the fifth best total
    // is no more than the best one elsewhere, and cells that cannot reach it decide nothing.
    let firsts = bestOfBlocks(scores[1], count)
    firsts.forEach(fill)
    let sorted = firsts.map { totals[$0] }.sorted(by: >)
    let enough = sorted.count > 4 ? sorted[4] : -.infinity
    let most = loose.max() ?? 0
    for cell in totals.indices where scores[1][cell] + most >= enough { fill(cell) }
    let winner = argmax(totals)
    var second = -Float.infinity
    for cell in totals.indices
    where abs(cell / count - winner / count) > 3 || abs(cell % count - winner % count) > 3 {
      second = max(second, totals[cell])
    }
    return (partners[winner], winner, totals[winner] - second)
  }

  /// The largest cell of each block of 16×16.
  private static func bestOfBlocks(_ values: [Float], _ count: Int) -> [Int] {
    let block = 16
    let across = (count + block - 1) / block
    var best = [Int?](repeating: nil, count: across * across)
    for cell in values.indices {
      let place = cell / count / block * across + cell % count / block
      if best[place].map({ values[cell] > values[$0] }) ?? true { best[place] = cell }
    }
    return best.compactMap { $0 }
  }

  private static func maximumOfNeighbours(_ values: [Float], _ count: Int) -> [Float] {
    var result = values
    for i in 0..<count {
      for j in 0..<count {
        for y in max(i - 1, 0)...min(i + 1, count - 1) {
          for x in max(j - 1, 0)...min(j + 1, count - 1) {
            result[i * count + j] = max(result[i * count + j], values[y * count + x])
          }
        }
      }
    }
    return result
  }

  private static func argmax(_ values: [Float]) -> Int {
    var best = 0
    for index in values.indices where values[index] > values[best] { best = index }
    return best
  }
}
