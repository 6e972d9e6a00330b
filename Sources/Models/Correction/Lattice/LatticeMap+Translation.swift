import Foundation

/// Where a lattice lies: its phase tells a coordinate up to whole pixels, and these follow from both.
extension LatticeMap {
  /// Where the centre of x lies in the original, the coordinate of a row (0 or 3).
  private func centre(_ row: Int) -> Double {
    values[row + 2] + Self.side / 2 * (values[row] + values[row + 1])
  }

  private mutating func setCentre(_ row: Int, _ value: Double) {
    values[row + 2] = value - Self.side / 2 * (values[row] + values[row + 1])
  }

  /// Gives a coordinate a phase: of the constants that have it, the nearest to the prediction's.
  ///
  /// - Parameter phase: 0..<1, counted at pixel centres, which are halves.
  mutating func setPhase(_ phase: Double, row: Int, near predicted: LatticeMap) {
    let fraction = phase - 0.5
    setCentre(row, fraction + (predicted.centre(row) - fraction).rounded())
  }

  /// The largest translation that is looked at, pixels: more than the paper's 5 % of the side.
  private static let farthest = 16
  /// How far off phases may be, pixels, and how far they usually are.
  private static let mostPhaseError = 0.08
  private static let phaseError = 0.02
  /// How far predictions usually are from the centre, pixels.
  private static let centreError = 2.0

  /// The map with the translation by whole pixels that fits both phases and the prediction best, or
  /// as it is where none fits: moved by them, the centre of x shows the original's centre.
  func movedByWholePixels(near predicted: LatticeMap) -> LatticeMap {
    let half = Self.side / 2
    let (u, v) = (centre(0), centre(3))
    var best: (score: Double, u: Double, v: Double)?
    for x in -Self.farthest...Self.farthest {
      for y in -Self.farthest...Self.farthest {
        let movedU = half - values[0] * Double(x) - values[1] * Double(y)
        let movedV = half - values[3] * Double(x) - values[4] * Double(y)
        let (du, dv) = (Self.fraction(movedU - u), Self.fraction(movedV - v))
        guard max(abs(du), abs(dv)) < Self.mostPhaseError else { continue }
        let eu = (movedU - predicted.centre(0)) / Self.centreError
        let ev = (movedV - predicted.centre(3)) / Self.centreError
        let phases = (du * du + dv * dv) / (2 * Self.phaseError * Self.phaseError)
        let score = phases + 2 * Foundation.log(1 + (eu * eu + ev * ev) / 2)
        if best.map({ score < $0.score }) ?? true { best = (score, movedU, movedV) }
      }
    }
    guard let best else { return self }
    var result = self
    result.setCentre(0, best.u)
    result.setCentre(3, best.v)
    return result
  }

  /// The distance from the nearest whole number, −1/2…1/2.
  private static func fraction(_ value: Double) -> Double { value - value.rounded() }
}
