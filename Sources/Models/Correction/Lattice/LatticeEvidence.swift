import CKernels
import Tensors

/// What an image's steps from pixel to pixel reveal of its resampling: for each pair of
/// frequencies, how much more probable they are with a lattice than without one.
///
/// Nearest-neighbour sampling shows pixel ⌊m p⌋ of the original. Where a coordinate's whole part
/// jumps by two, a step is larger than those around it, where it stands still, it is zero; both happen
/// wherever the coordinate's fraction lies in a box as wide as the map's difference from the
/// identity. So the pattern is periodic, with the map's own coefficients for frequencies (Gallagher,
/// 2005; Popescu and Farid, 2005), and a matched filter over its harmonics, against the spectrum of
/// the image itself as noise, finds them to a hundredth of a per cent.
struct LatticeEvidence {
  /// Which coordinate of the original a lattice is about.
  enum Axis: Int, CaseIterable {
    case horizontal, vertical
  }

  /// Frequencies to look at, cycles a pixel.
  struct Grid {
    let u: [Double]
    let v: [Double]
    let harmonics: Int
    let phases: Int
  }

  /// The best phase at each pair of frequencies, `u.count` × `v.count`.
  struct Likelihood {
    /// Logarithms.
    let gain: [Float]
    /// 0..<1.
    let phase: [Float]
  }

  private struct Steps {
    let values: [Float]
    let noise: [Float]
    let count: Float
  }

  private let side: Int
  /// Horizontal and vertical steps.
  private let steps: [Steps]

  /// The noise is nowhere less than this, relative to independent steps.
  private static let leastNoise: Float = 0.3

  /// - Parameter image: `side` × `side` × 3, normalised from 8-bit values.
  init(image: UnsafePointer<Float>, side: Int) {
    self.side = side
    let scale = ImageNetStatistics.standardDeviation.map { 255 * $0 }
    let waves = Waves((0..<side).map { Double($0) / Double(side) }, side)
    var scratch = [Float](repeating: 0, count: side * side)
    steps = [Int32(0), 1].map { vertical in
      var values = [Float](repeating: 0, count: side * side)
      let count = rg_lattice_map(image, side, side, scale, vertical, &values, &scratch)
      let products = Self.products(values, side, u: waves, v: waves)
      var noise = [Float](repeating: 0, count: side * side)
      rg_lattice_noise(
        products, side, Float(max(count, 1)), Self.leastNoise, &noise, &scratch)
      return Steps(values: values, noise: noise, count: Float(count))
    }
  }

  /// How probable lattices of one coordinate are.
  func likelihood(_ axis: Axis, _ grid: Grid) -> Likelihood {
    let wavesU = Waves(grid.u, harmonics: grid.harmonics, side)
    let wavesV = Waves(grid.v, harmonics: grid.harmonics, side)
    let products = steps.map { Self.products($0.values, side, u: wavesU, v: wavesV) }
    let count = grid.u.count * grid.v.count
    var gain = [Float](repeating: 0, count: count)
    var phase = [Int32](repeating: 0, count: count)
    products[0].withUnsafeBufferPointer { horizontal in
      products[1].withUnsafeBufferPointer { vertical in
        steps[0].noise.withUnsafeBufferPointer { horizontalNoise in
          steps[1].noise.withUnsafeBufferPointer { verticalNoise in
            let evidence = [
              Self.evidence(
                horizontal, horizontalNoise, steps[0].count, along: axis == .horizontal),
              Self.evidence(vertical, verticalNoise, steps[1].count, along: axis == .vertical),
            ]
            rg_lattice_likelihood(
              evidence, side, grid.u, grid.u.count, grid.v, grid.v.count, grid.harmonics,
              grid.phases, &gain, &phase)
          }
        }
      }
    }
    return Likelihood(gain: gain, phase: phase.map { Float($0) / Float(grid.phases) })
  }

  /// - Parameter along: whether the steps go along the lattice's coordinate. Then a repeated row
  ///   makes steps of zero; across it, rows only shift.
  private static func evidence(
    _ products: UnsafeBufferPointer<Float>, _ noise: UnsafeBufferPointer<Float>, _ count: Float,
    along: Bool
  ) -> rg_lattice_evidence {
    // Ranges of the mean logarithm of such a step, beside 0 for the others.
    rg_lattice_evidence(
      products: products.baseAddress, noise: noise.baseAddress, n: count,
      more: along ? (0.05, 0.8) : (0, 0.8), less: along ? (-3, -0.5) : (0, 0.8))
  }

  /// Cosines and sines of frequencies and their harmonics, `[side, harmonics, 2 · count]`.
  private struct Waves {
    let values: [Float]
    let harmonics: Int
    /// Of one harmonic: cosines, then sines.
    let width: Int

    init(_ frequencies: [Double], harmonics: Int = 1, _ side: Int) {
      self.harmonics = harmonics
      width = 2 * frequencies.count
      values = [Float](unsafeUninitializedCapacity: side * harmonics * width) { memory, count in
        rg_lattice_waves(frequencies, frequencies.count, harmonics, side, memory.baseAddress)
        count = side * harmonics * 2 * frequencies.count
      }
    }
  }

  /// Products of the steps with waves in both directions: `[harmonics, v.width, u.width]`.
  private static func products(_ steps: [Float], _ side: Int, u: Waves, v: Waves) -> [Float] {
    let (columns, rows) = (u.harmonics * u.width, v.harmonics * v.width)
    var half = [Float](repeating: 0, count: side * columns)
    var result = [Float](repeating: 0, count: u.harmonics * v.width * u.width)
    half.withUnsafeMutableBufferPointer { half in
      result.withUnsafeMutableBufferPointer { result in
        u.values.withUnsafeBufferPointer { wavesU in
          v.values.withUnsafeBufferPointer { wavesV in
            steps.withUnsafeBufferPointer { steps in
              guard let half = half.baseAddress, let result = result.baseAddress,
                let wavesU = wavesU.baseAddress, let wavesV = wavesV.baseAddress,
                let steps = steps.baseAddress
              else { return }
              BLAS.multiply(
                rows: side, columns: columns, inner: side, .init(steps, stride: side),
                .init(wavesU, stride: columns), into: half, stride: columns)
              for harmonic in 0..<u.harmonics {
                BLAS.multiply(
                  rows: v.width, columns: u.width, inner: side,
                  .init(wavesV + harmonic * v.width, stride: rows, transposed: true),
                  .init(half + harmonic * u.width, stride: columns),
                  into: result + harmonic * v.width * u.width, stride: u.width)
              }
            }
          }
        }
      }
    }
    return result
  }
}
