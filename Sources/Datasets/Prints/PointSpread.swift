import CKernels
import Foundation

/// What becomes of a point on its way through lens, hand and sharpening: the kernel with which a
/// photo is convolved, of sum 1.
struct PointSpread {
  let radius: Int
  /// (2 radius + 1)² weights, row by row.
  let kernel: [Float]

  /// Lengths are in pixels, the angle in degrees.
  init(
    deviation: Double, defocus: Double, motion: Double, motionAngle: Double, sharpening: Double,
    sharpeningDeviation: Double
  ) {
    let soft = Self.soft(
      deviation: deviation, defocus: defocus, motion: motion, motionAngle: motionAngle)
    guard sharpening > 0 else {
      self.init(soft)
      return
    }
    // An unsharp mask: the kernel and its difference from itself, blurred.
    let mask = Self.soft(
      deviation: sharpeningDeviation, defocus: 0, motion: 0, motionAngle: 0)
    let radius = soft.radius + mask.radius
    let side = 2 * radius + 1
    var weights = [Double](repeating: 0, count: side * side)
    func index(_ y: Int, _ x: Int) -> Int { (y + radius) * side + x + radius }
    soft.each { y, x, weight in
      weights[index(y, x)] += (1 + sharpening) * weight
      mask.each { weights[index(y + $0, x + $1)] -= sharpening * weight * $2 }
    }
    self.init(Weights(radius: radius, values: weights))
  }

  /// Pixels `[height, width, 3]` convolved with it.
  func blurred(_ pixels: [Float], width: Int, height: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: pixels.count) { buffer, count in
      rg_print_blur(
        pixels, Int32(width), Int32(height), kernel, Int32(radius), buffer.baseAddress)
      count = pixels.count
    }
  }

  private init(_ weights: Weights) {
    let sum = weights.values.reduce(0, +)
    // What no pixel value would show is left out, which saves most of the work.
    let largest = weights.values.map(abs).max() ?? 1
    radius = weights.radius
    kernel = weights.values.map { abs($0) < 0.0005 * largest ? 0 : Float($0 / sum) }
  }

  private struct Weights {
    let radius: Int
    var values: [Double]

    func each(_ body: (_ y: Int, _ x: Int, _ weight: Double) -> Void) {
      let side = 2 * radius + 1
      for (index, value) in values.enumerated() {
        body(index / side - radius, index % side - radius, value)
      }
    }
  }

  /// A disc, moved along a line, seen through a Gaussian; of sum 1.
  private static func soft(
    deviation: Double, defocus: Double, motion: Double, motionAngle: Double
  ) -> Weights {
    let deviation = max(deviation, 0.05)
    let radius = min(Int((defocus + motion / 2 + 2.5 * deviation).rounded(.up)), 32)
    let side = 2 * radius + 1
    var values = [Double](repeating: 0, count: side * side)
    let steps = Int((2 * motion).rounded(.up))
    let rings = Int((2 * defocus).rounded(.up))
    for step in 0...steps {
      let along = steps == 0 ? 0 : motion * (Double(step) / Double(steps) - 0.5)
      let angle = motionAngle * .pi / 180
      for ring in 0...rings {
        // Rings of equal width hold areas, and so points, in proportion to their radius.
        let points = ring == 0 ? 1 : 6 * ring
        let distance = rings == 0 ? 0 : defocus * Double(ring) / (Double(rings) + 0.5)
        for point in 0..<points {
          let turn = 2 * .pi * Double(point) / Double(points)
          let (x, y) = (
            along * cos(angle) + distance * cos(turn), along * sin(angle) + distance * sin(turn)
          )
          // A Gaussian is the product of its two directions.
          func spread(_ at: Double) -> [Double] {
            (-radius...radius).map { exp(-pow((Double($0) - at) / deviation, 2) / 2) }
          }
          let (rows, columns) = (spread(y), spread(x))
          for row in 0..<side {
            for column in 0..<side { values[row * side + column] += rows[row] * columns[column] }
          }
        }
      }
    }
    let sum = values.reduce(0, +)
    return Weights(radius: radius, values: values.map { $0 / max(sum, 1e-30) })
  }
}
