import Foundation
import Models
import NeuralNetworks
import Tensors
import Testing

/// What nearest-neighbour sampling leaves in the pixels, found through a corrector whose transformer
/// predicts what the test says.
@Suite("Sampling lattice")
struct LatticeTests {
  private static let side = 256

  /// From pixels of x to pixels of the original: rotation and shear in degrees, about the centre, as
  /// torchvision's affine does it.
  private struct Affine {
    var rotation = 0.0
    var shear = 0.0
    var scale = 1.0
    var shift = (x: 0.0, y: 0.0)

    /// a … f of (x, y) ↦ (a x + b y + c, d x + e y + f).
    var map: [Double] {
      let (angle, slant) = (rotation * .pi / 180, shear * .pi / 180)
      let a = cos(angle)
      let b = -cos(angle) * tan(slant) - sin(angle)
      let c = sin(angle)
      let d = -sin(angle) * tan(slant) + cos(angle)
      let linear = [d / scale, -b / scale, -c / scale, a / scale]
      let half = Double(side) / 2
      func constant(_ row: Int) -> Double {
        half - linear[2 * row] * (half + shift.x) - linear[2 * row + 1] * (half + shift.y)
      }
      return [linear[0], linear[1], constant(0), linear[2], linear[3], constant(1)]
    }

    /// Where pixel centre (x, y) of x lies in the original.
    func callAsFunction(_ x: Int, _ y: Int) -> (Double, Double) {
      let (px, py) = (Double(x) + 0.5, Double(y) + 0.5)
      return (map[0] * px + map[1] * py + map[2], map[3] * px + map[4] * py + map[5])
    }

    /// The θ that undoes it, by what it does to three points.
    var theta: [Double] {
      let m = map
      let determinant = m[0] * m[4] - m[1] * m[3]
      func inverse(_ u: Double, _ v: Double) -> (Double, Double) {
        let (x, y) = (u - m[2], v - m[5])
        return ((m[4] * x - m[1] * y) / determinant, (m[0] * y - m[3] * x) / determinant)
      }
      let half = Double(side) / 2
      let origin = inverse(half, half)
      let (right, below) = (inverse(2 * half, half), inverse(half, 2 * half))
      return [
        (right.0 - origin.0) / half, (below.0 - origin.0) / half, origin.0 / half - 1,
        (right.1 - origin.1) / half, (below.1 - origin.1) / half, origin.1 / half - 1,
      ]
    }
  }

  /// Clouds with edges and grain in 8 bits, normalised: like a photo in what matters here.
  private static func photo(_ name: String = "photo") -> [Float] {
    var sums = [Float](repeating: 0, count: side * side * 3)
    for (octave, cell) in [64, 32, 16, 8, 4, 2].enumerated() {
      let grid = side / cell + 2
      let knots = Synthetic.noise("\(name) \(octave)", shape: [grid, grid, 3]) { $0 }.elements
      let weight = Float(cell).squareRoot() * 7
      for y in 0..<side {
        for x in 0..<side {
          let (fx, fy) = (Float(x % cell) / Float(cell), Float(y % cell) / Float(cell))
          let corner = (y / cell * grid + x / cell) * 3
          for c in 0..<3 {
            let top = knots[corner + c] * (1 - fx) + knots[corner + 3 + c] * fx
            let below =
              knots[corner + 3 * grid + c] * (1 - fx) + knots[corner + 3 * grid + 3 + c] * fx
            sums[(y * side + x) * 3 + c] += weight * (top * (1 - fy) + below * fy)
          }
        }
      }
    }
    return sums.enumerated().map { index, value in
      let byte = min(max((value + 128).rounded(), 0), 255)
      let c = index % 3
      return (byte / 255 - ImageNetStatistics.mean[c]) / ImageNetStatistics.standardDeviation[c]
    }
  }

  private static let black = zip(ImageNetStatistics.mean, ImageNetStatistics.standardDeviation)
    .map { -$0 / $1 }

  private static func nearest(_ photo: [Float], _ affine: Affine) -> [Float] {
    (0..<side * side).flatMap { pixel -> [Float] in
      let (u, v) = affine(pixel % side, pixel / side)
      guard u >= 0, v >= 0, Int(u) < side, Int(v) < side else { return black }
      let from = (Int(v) * side + Int(u)) * 3
      return Array(photo[from..<from + 3])
    }
  }

  private static func bilinear(_ photo: [Float], _ affine: Affine) -> [Float] {
    (0..<side * side).flatMap { pixel -> [Float] in
      let (u, v) = affine(pixel % side, pixel / side)
      let (x, y) = (min(max(u - 0.5, 0), 254), min(max(v - 0.5, 0), 254))
      let (fx, fy) = (Float(x - x.rounded(.down)), Float(y - y.rounded(.down)))
      let from = (Int(y) * side + Int(x)) * 3
      return (0..<3).map { c in
        let top = photo[from + c] * (1 - fx) + photo[from + 3 + c] * fx
        let below = photo[from + 3 * side + c] * (1 - fx) + photo[from + 3 * side + 3 + c] * fx
        return top * (1 - fy) + below * fy
      }
    }
  }

  /// A transformer alone that always predicts the same θ.
  private static func corrector(
    predicting theta: [Double] = [1, 0, 0, 0, 1, 0],
    refinement: CorrectorConfiguration.Refinement? = .lattice
  ) throws -> Corrector {
    let corrector = try Corrector(
      CorrectorConfiguration(
        stages: [.stn],
        stn: .init(
          localisation: .init(view: 16, widths: [2]), scale: 0.1, sampling: .bicubic,
          refinement: refinement)), seed: 1)
    let identity: [Double] = [1, 0, 0, 0, 1, 0]
    for parameter in corrector.parameters.parameters where parameter.name.hasSuffix("head.bias") {
      parameter.value = Tensor(zip(theta, identity).map { Float(($0 - $1) / 0.1) })
    }
    return corrector
  }

  private func run(
    _ corrector: Corrector, _ images: [[Float]], threads: Int = 1, side: Int = Self.side,
    mode: Corrector.Mode = .init()
  ) throws -> (theta: [Float], image: [Float]) {
    let tape = Tape(
      backend: try EngineName.openblas.makeBackend(),
      context: ComputeContext(threads: threads))
    let values = images.flatMap { $0 }
    let x = Tensor([images.count, side, side, 3]) { memory in
      for index in 0..<memory.count { memory[index] = values[index] }
    }
    return try tape.withoutRecording {
      let output = try corrector(tape, tape.constant(x), mode: mode)
      return (output.theta?.value.elements ?? [], output.transformed.value.elements)
    }
  }

  /// The largest distance, in pixels of x, between where two θ put the middle's corners.
  private func apart(_ a: [Double], _ b: [Float]) -> Double {
    var largest = 0.0
    for x in [-0.875, 0.875] {
      for y in [-0.875, 0.875] {
        for row in [0, 3] {
          let first = a[row] * x + a[row + 1] * y + a[row + 2]
          let second = Double(b[row]) * x + Double(b[row + 1]) * y + Double(b[row + 2])
          largest = max(largest, 128 * abs(first - second))
        }
      }
    }
    return largest
  }

  private static let distortions = [
    Affine(rotation: 2, shear: 1.5, scale: 0.94, shift: (1, 0)),
    Affine(rotation: -1.5, shear: 3, scale: 1.06, shift: (0, -1)),
    Affine(rotation: 3, shear: -2, scale: 0.97, shift: (0, 0)),
  ]

  @Test("a prediction some pixels off becomes exact to a tenth of one", arguments: 0..<3)
  func refines(index: Int) throws {
    let affine = Self.distortions[index]
    // Off by up to three pixels at the corners.
    let predicted = zip(affine.theta, [0.008, -0.006, 0.004, 0.005, -0.008, -0.003])
      .map { $0 + $1 }
    let x = Self.nearest(Self.photo(), affine)
    let found = try run(try Self.corrector(predicting: predicted), [x]).theta
    #expect(apart(affine.theta, predicted.map { Float($0) }) > 1)
    // Whole pixels leave no trace: they stay as they were predicted.
    let linear = [0, 1, 3, 4].map { abs(Double(found[$0]) - affine.theta[$0]) }.max() ?? 1
    #expect(linear < 5e-4)
    let exact = try run(try Self.corrector(predicting: affine.theta), [x]).theta
    #expect(apart(affine.theta, exact) < 0.1)
  }

  @Test("pixels go back to where they were, unchanged", arguments: 0..<3)
  func reads(index: Int) throws {
    let affine = Self.distortions[index]
    let photo = Self.photo()
    let x = Self.nearest(photo, affine)
    let image = try run(try Self.corrector(predicting: affine.theta), [x]).image
    var (shown, equal, far) = (Set<Int>(), 0, 0)
    for pixel in 0..<Self.side * Self.side {
      let (u, v) = affine(pixel % Self.side, pixel / Self.side)
      if u >= 0, v >= 0, Int(u) < Self.side, Int(v) < Self.side {
        shown.insert(Int(v) * Self.side + Int(u))
      }
    }
    for pixel in shown {
      if (0..<3).allSatisfy({ image[3 * pixel + $0] == photo[3 * pixel + $0] }) { equal += 1 }
    }
    // The rest is what a hundredth of a pixel moves to a neighbour.
    #expect(Double(equal) > 0.97 * Double(shown.count))
    // What was dropped lies between its neighbours.
    for y in 32..<224 {
      for x in 32..<224 where !shown.contains(y * Self.side + x) {
        let place = 3 * (y * Self.side + x)
        if abs(image[place] - photo[place]) > 0.75 { far += 1 }
      }
    }
    #expect(far < 40)
  }

  @Test("an image that was never resampled stays as it is, to the bit")
  func untouched() throws {
    let photo = Self.photo()
    let nearly = [1.004, 0.002, 0.01, -0.003, 0.996, -0.008]
    let result = try run(try Self.corrector(predicting: nearly), [photo])
    #expect(result.theta == [1, 0, 0, 0, 1, 0])
    #expect(result.image == photo)
  }

  @Test("without a lattice, the image is read at the prediction")
  func smooth() throws {
    let affine = Affine(rotation: 4, shear: 2, scale: 0.9, shift: (9, -7))
    let x = Self.bilinear(Self.photo(), affine)
    let refined = try run(try Self.corrector(predicting: affine.theta), [x])
    let plain = try run(try Self.corrector(predicting: affine.theta, refinement: nil), [x])
    #expect(apart(affine.theta, refined.theta) < 1e-3)
    let difference = zip(refined.image, plain.image).map { abs($0 - $1) }.max() ?? 1
    #expect(difference < 1e-3)
  }

  @Test("refinement can be left out of a pass")
  func withoutRefinement() throws {
    let affine = Self.distortions[0]
    let x = Self.nearest(Self.photo(), affine)
    let left = try run(try Self.corrector(), [x], mode: .init(refines: false))
    let plain = try run(try Self.corrector(refinement: nil), [x])
    #expect(left.theta == plain.theta && left.image == plain.image)
    #expect(left.theta == [1, 0, 0, 0, 1, 0])
  }

  @Test("a known θ is read as it is")
  func known() throws {
    let affine = Affine(rotation: 5, shear: -5, scale: 0.8, shift: (12, 3))
    let photo = Self.photo()
    let x = Self.nearest(photo, affine)
    let theta = affine.theta.map { Float($0) }
    let mode = Corrector.Mode(
      theta: Tensor([1, 2, 3]) { memory in
        for index in 0..<6 { memory[index] = theta[index] }
      })
    let result = try run(try Self.corrector(), [x], mode: mode)
    #expect(apart(affine.theta, result.theta) < 1e-3)
    var wrong = 0
    for pixel in 0..<Self.side * Self.side {
      let (u, v) = affine(pixel % Self.side, pixel / Self.side)
      guard u >= 0, v >= 0, Int(u) < Self.side, Int(v) < Self.side else { continue }
      let place = 3 * (Int(v) * Self.side + Int(u))
      if result.image[place] != photo[place] { wrong += 1 }
    }
    // Float's rounding of θ may move what lies on a pixel's very edge.
    #expect(wrong < 100)
  }

  @Test("neither threads nor the other images of a batch change an image's bits")
  func deterministic() throws {
    let images = (0..<3).map { Self.nearest(Self.photo("photo \($0)"), Self.distortions[$0]) }
    let corrector = try Self.corrector()
    let together = try run(corrector, images, threads: 2)
    for index in images.indices {
      let alone = try run(corrector, [images[index]])
      let plane = images[index].count
      #expect(alone.theta == Array(together.theta[6 * index..<6 * index + 6]))
      #expect(alone.image == Array(together.image[plane * index..<plane * (index + 1)]))
    }
  }

  @Test("other sizes are read at the prediction, and what is no number does no harm")
  func oddInput() throws {
    let corrector = try Self.corrector()
    let small = Array(Self.photo().prefix(240 * 240 * 3))
    #expect(try run(corrector, [small], side: 240).theta == [1, 0, 0, 0, 1, 0])
    var broken = Self.photo()
    for index in stride(from: 0, to: broken.count, by: 7) { broken[index] = .nan }
    #expect(try run(corrector, [broken]).image.count == broken.count)
  }
}
