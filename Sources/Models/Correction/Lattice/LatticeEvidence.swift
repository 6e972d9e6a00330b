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
    /// What is even and odd about the middle, as `rg_lattice_fold` has it.
    let parts: [Float]
    let noise: [Float]
    let count: Float
  }

  private static let side = Int(LatticeMap.side)
  private static let half = side / 2

  /// Horizontal and vertical steps.
  private let steps: [Steps]

  /// The noise is nowhere less than this, relative to independent steps.
  private static let leastNoise: Float = 0.3

  /// The waves of a discrete Fourier transform, up to Nyquist's frequency.
  private static let spectrumWaves = Waves((0...half).map { Double($0) / Double(side) })

  /// - Parameter image: 256×256×3, normalised from 8-bit values.
  init(image: UnsafePointer<Float>) {
    let side = Self.side
    let scale = ImageNetStatistics.standardDeviation.map { 255 * $0 }
    var (values, scratch) = (
      [Float](repeating: 0, count: side * side), [Float](repeating: 0, count: side * side)
    )
    steps = [Int32(0), 1].map { vertical in
      let count = rg_lattice_map(image, side, side, scale, vertical, &values, &scratch)
      let parts = Self.filled(side * side) { rg_lattice_fold(values, side, $0) }
      let products = Self.products(parts, u: Self.spectrumWaves, v: Self.spectrumWaves)
      let noise = Self.filled(side * side) {
        rg_lattice_noise(products, side, Float(max(count, 1)), Self.leastNoise, $0, &scratch)
      }
      return Steps(parts: parts, noise: noise, count: Float(count))
    }
  }

  /// How probable lattices of one coordinate are.
  func likelihood(_ axis: Axis, _ grid: Grid) -> Likelihood {
    let harmonics = grid.usedHarmonics
    let wavesU = Waves(grid.u, harmonics: harmonics)
    let wavesV = Waves(grid.v, harmonics: harmonics)
    let products = steps.map { Self.products($0.parts, u: wavesU, v: wavesV) }
    func boxes(_ changes: [Double]) -> [Float] {
      Self.filled(changes.count * 2 * harmonics) {
        rg_lattice_boxes(changes, changes.count, harmonics, $0)
      }
    }
    let (boxesU, boxesV) = (boxes(grid.u), boxes(grid.v))
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
            Self.frequencies(grid.u, boxesU) { u in
              Self.frequencies(grid.v, boxesV) { v in
                rg_lattice_likelihood(
                  evidence, Self.side, u, v, harmonics, grid.phases, &gain, &phase)
              }
            }
          }
        }
      }
    }
    return Likelihood(gain: gain, phase: phase.map { Float($0) / Float(grid.phases) })
  }

  private static func frequencies(
    _ values: [Double], _ boxes: [Float], _ body: (rg_lattice_frequencies) -> Void
  ) {
    values.withUnsafeBufferPointer { values in
      boxes.withUnsafeBufferPointer { boxes in
        body(
          rg_lattice_frequencies(
            values: values.baseAddress, boxes: boxes.baseAddress, count: values.count))
      }
    }
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

  /// Numbers that `body` writes, all of them.
  private static func filled(
    _ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { memory, filled in
      if let start = memory.baseAddress { body(start) }
      filled = count
    }
  }

  /// Cosines and sines of frequencies and their harmonics in one half of a side:
  /// `[2, half, harmonics · count]`.
  private struct Waves {
    let values: [Float]
    let harmonics: Int
    /// Frequencies.
    let count: Int
    /// Of a row of cosines, or of sines.
    var width: Int { harmonics * count }

    init(_ frequencies: [Double], harmonics: Int = 1) {
      self.harmonics = harmonics
      count = frequencies.count
      values = filled(2 * half * harmonics * count) {
        rg_lattice_waves(frequencies, frequencies.count, harmonics, half, $0)
      }
    }

    /// Cosines (0) or sines (1) of one harmonic and those after it.
    func factor(
      _ start: UnsafePointer<Float>, _ kind: Int, harmonic: Int = 0, transposed: Bool = false
    ) -> BLAS.Factor {
      BLAS.Factor(
        start + kind * half * width + harmonic * count, stride: width, transposed: transposed)
    }
  }

  /// Products of the steps with waves in both directions, cosines then sines:
  /// `[harmonics, 2 · v.count, 2 · u.count]`. Cosines meet what is even about the middle, sines what is odd,
  /// so that half of a side is enough.
  private static func products(_ parts: [Float], u: Waves, v: Waves) -> [Float] {
    let (rows, columns) = (v.count, u.count)
    var across = [Float](repeating: 0, count: half * u.width)
    return filled(u.harmonics * 4 * rows * columns) { result in
      parts.withUnsafeBufferPointer { parts in
        u.values.withUnsafeBufferPointer { wavesU in
          v.values.withUnsafeBufferPointer { wavesV in
            across.withUnsafeMutableBufferPointer { across in
              guard let parts = parts.baseAddress, let across = across.baseAddress,
                let wavesU = wavesU.baseAddress, let wavesV = wavesV.baseAddress
              else { return }
              // Cosines (0) or sines (1) down and across.
              for (y, x) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                BLAS.multiply(
                  rows: half, columns: u.width, inner: half,
                  .init(parts + (2 * y + x) * half * half, stride: half), u.factor(wavesU, x),
                  into: across, stride: u.width)
                for harmonic in 0..<u.harmonics {
                  BLAS.multiply(
                    rows: rows, columns: columns, inner: half,
                    v.factor(wavesV, y, harmonic: harmonic, transposed: true),
                    .init(across + harmonic * columns, stride: u.width),
                    into: result + (harmonic * 4 * rows + 2 * y * rows + x) * columns,
                    stride: 2 * columns)
                }
              }
            }
          }
        }
      }
    }
  }
}

extension LatticeEvidence.Grid {
  /// Harmonics that any of the pairs uses; at least one.
  fileprivate var usedHarmonics: Int {
    func least(_ frequencies: [Double]) -> Double { frequencies.map(abs).min() ?? 0 }
    return max(rg_lattice_harmonics(least(u), least(v), harmonics), 1)
  }
}
