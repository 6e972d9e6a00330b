import Foundation
import Tensors

/// Frost on a window: our own, since the reference overlays photographs that are not ours to ship.
///
/// Ferns of ice on a plasma. Its colours, contrast and spectrum are near to those of the five photographs
/// that the reference chooses among (its random index leaves the sixth out).
///
/// Numbers: the look; its brightness; the plasma's; for each fern its middle, direction, length, width and
/// brightness.
struct FrostTexture {
  /// `[height, width, 3]`, 0…255.
  let values: [Double]

  /// Mean colour and the deviation of its grey within a crop.
  private struct Look {
    let color: [Double]
    let deviation: Double
  }

  /// Measured on the photographs; two of them are the same.
  private static let looks = [
    Look(color: [80, 149, 165], deviation: 16), Look(color: [198, 202, 211], deviation: 20),
    Look(color: [198, 202, 211], deviation: 20), Look(color: [144, 159, 172], deviation: 26),
    Look(color: [101, 113, 125], deviation: 35),
  ]

  init(width: Int, height: Int, _ stream: inout RandomStream) {
    let look = Self.looks[stream.small(below: Self.looks.count)]
    let shift = stream.uniform(in: -14...14)
    let side = Plasma.side(for: max(width, height))
    let plasma = Plasma.heights(side: side, decay: 1, &stream)
    var ground: [Double] = []
    for y in 0..<height { ground += plasma[y * side..<y * side + width] }
    var ice = Ice(width: width, height: height)
    // One for each 20×20 pixels.
    for _ in 0..<max(width * height / 400, 1) { ice.addFern(&stream) }
    let grey = zip(Self.standardised(ground), Self.standardised(ice.light)).map {
      0.7 * $0 + 0.7 * $1
    }
    values = grey.flatMap { grey in
      look.color.map { min(max($0 + shift + look.deviation * grey, 0), 255) }
    }
  }

  private static func standardised(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    let deviation = max(variance.squareRoot(), 1e-9)
    return values.map { ($0 - mean) / deviation }
  }
}

/// Where ice is bright.
private struct Ice {
  let width, height: Int
  var light: [Double]

  init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    light = [Double](repeating: 0, count: width * height)
  }

  /// A stem with needles at both sides, at sixty degrees as ice grows.
  mutating func addFern(_ stream: inout RandomStream) {
    let middle = (Double(width) * stream.uniform(), Double(height) * stream.uniform())
    let angle = 2 * Double.pi * stream.uniform()
    let length = stream.uniform(in: 14...64)
    let thickness = stream.uniform(in: 0.5...1.3)
    let brightness = stream.uniform(in: -0.5...1)
    let direction = (cos(angle), sin(angle))
    let start = (middle.0 - direction.0 * length / 2, middle.1 - direction.1 * length / 2)
    addNeedle(start, direction, length, thickness * 1.3, brightness)
    var along = 3.0
    while along < length {
      let root = (start.0 + direction.0 * along, start.1 + direction.1 * along)
      for side in [-1.0, 1] {
        let turned = angle + side * .pi / 3
        addNeedle(
          root, (cos(turned), sin(turned)), 0.3 * (length - along) + 2, thickness,
          brightness * 0.7)
      }
      along += 4
    }
  }

  /// A line that ends thin.
  private mutating func addNeedle(
    _ start: (Double, Double), _ direction: (Double, Double), _ length: Double,
    _ thickness: Double, _ brightness: Double
  ) {
    var along = 0.0
    while along < length {
      let x = start.0 + direction.0 * along
      let y = start.1 + direction.1 * along
      let left = Int(x.rounded(.down)), top = Int(y.rounded(.down))
      for row in max(top - 1, 0)..<max(min(top + 3, height), max(top - 1, 0)) {
        for column in max(left - 1, 0)..<max(min(left + 3, width), max(left - 1, 0)) {
          let (dx, dy) = (Double(column) - x, Double(row) - y)
          let fall = 1 - (dx * dx + dy * dy) / (4 * thickness * thickness)
          if fall > 0 {
            light[row * width + column] += brightness * fall * (1 - 0.6 * along / length)
          }
        }
      }
      along += 1
    }
  }
}
