import Foundation

/// The trail that a point leaves when the camera moves: half a Gaussian along a line, as ImageMagick's
/// motion blur.
struct MotionTrail {
  /// One for each step, a pixel long.
  private let weights: [Float]

  /// - Parameters:
  ///   - radius: of the filter, whose length is 2 radius + 1 pixels.
  ///   - deviation: of the Gaussian, pixels.
  init(radius: Int, deviation: Double) {
    let values = (0..<2 * radius + 1).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
    let sum = values.reduce(0, +)
    weights = values.map { Float($0 / sum) }
  }

  /// Values 0…255 `[height, width, channels]`, moved and cut off to whole numbers, but for what falls short of
  /// one by a thousandth; the outermost pixels are repeated.
  ///
  /// - Parameter angle: degrees.
  func blurred(
    _ values: [UInt8], width: Int, height: Int, channels: Int, angle: Double
  ) -> [UInt8] {
    let margin = weights.count
    let (columns, rows) = (width + 2 * margin, height + 2 * margin)
    let stride = columns * channels
    var padded = [Float](repeating: 0, count: rows * stride)
    for y in 0..<rows {
      let row = min(max(y - margin, 0), height - 1) * width
      for x in 0..<columns {
        let from = (row + min(max(x - margin, 0), width - 1)) * channels
        for channel in 0..<channels {
          padded[y * stride + x * channels + channel] = Float(values[from + channel])
        }
      }
    }
    let length = Double(weights.count)
    let down = length * sin(angle * .pi / 180)
    let across = length * cos(angle * .pi / 180)
    let hypotenuse = hypot(down, across)
    let steps = weights.indices.map { step -> Int in
      let x = Int((Double(step) * across / hypotenuse - 0.5).rounded(.up))
      let y = Int((Double(step) * down / hypotenuse - 0.5).rounded(.up))
      return (y + margin) * stride + (x + margin) * channels
    }
    let count = width * channels
    var sums = [Float](repeating: 0, count: count)
    return [UInt8](unsafeUninitializedCapacity: values.count) { buffer, initialized in
      padded.withUnsafeBufferPointer { padded in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<height {
            sums.update(repeating: 0)
            for (weight, step) in zip(weights, steps) {
              let start = y * stride + step
              for index in 0..<count { sums[index] += weight * padded[start + index] }
            }
            for index in 0..<count {
              buffer[y * count + index] = UInt8(min(max(sums[index] + 0x1p-10, 0), 255))
            }
          }
        }
      }
      initialized = values.count
    }
  }
}
