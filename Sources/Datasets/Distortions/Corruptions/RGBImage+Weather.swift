import Foundation
import Imaging
import Tensors

/// How snow falls, by severity.
struct Snow {
  /// Of the normal numbers that flakes are the largest of.
  let mean, deviation: Double
  /// By how much flakes are enlarged.
  let size: Double
  /// What is no flake.
  let threshold: Double
  /// Of a falling flake.
  let trail: MotionTrail
  /// How much of the image's colours is left; the rest is whitened.
  let color: Float

  private init(
    _ mean: Double, _ size: Double, _ threshold: Double, radius: Int, deviation: Double,
    color: Float
  ) {
    (self.mean, self.deviation, self.size, self.threshold) = (mean, 0.3, size, threshold)
    trail = MotionTrail(radius: radius, deviation: deviation)
    self.color = color
  }

  /// From the weakest to the strongest.
  static let severities = [
    Snow(0.1, 3, 0.5, radius: 10, deviation: 4, color: 0.8),
    Snow(0.2, 2, 0.5, radius: 12, deviation: 4, color: 0.7),
    Snow(0.55, 4, 0.9, radius: 12, deviation: 8, color: 0.7),
    Snow(0.55, 4.5, 0.85, radius: 12, deviation: 8, color: 0.65),
    Snow(0.55, 2.5, 0.85, radius: 12, deviation: 12, color: 0.55),
  ]
}

/// ImageNet-C's three kinds of weather.
extension RGBImage {
  /// In snow: whitened, with falling flakes, and the same ones turned by half a turn. Numbers: a normal one
  /// for each pixel, then the direction, −135° to −45°.
  func withSnow(_ snow: Snow, _ stream: inout RandomStream) -> RGBImage {
    let numbers = stream.normals(width * height).map { snow.mean + snow.deviation * $0 }
    let zoom = ClippedZoom(width: width, height: height, factor: snow.size)
    let flakes = zoom(numbers, channels: 1).map { value in
      value < snow.threshold ? 0 : UInt8(cutting: value)
    }
    let angle = stream.uniform(in: -135 ... -45)
    let layer = snow.trail.blurred(flakes, width: width, height: height, channels: 1, angle: angle)
      .map { Double($0) / 255 }
    var image = self
    let count = layer.count
    for pixel in 0..<count {
      func value(_ channel: Int) -> Float { Float(Double(pixels[pixel * 3 + channel]) / 255) }
      let grey = 0.299 * value(0) + 0.587 * value(1) + 0.114 * value(2)
      let white = grey * 1.5 + 0.5
      let fallen = (layer[pixel], layer[count - 1 - pixel])
      for channel in 0..<3 {
        let own = value(channel)
        let pale = snow.color * own + (1 - snow.color) * max(own, white)
        image.pixels[pixel * 3 + channel] = UInt8(cutting: Double(pale) + fallen.0 + fallen.1)
      }
    }
    return image
  }

  /// Behind a frosted window. Numbers: those of `FrostTexture`.
  ///
  /// - Parameters:
  ///   - own: the weight of the image.
  ///   - ice: the weight of the frost.
  func frosted(own: Double, ice: Double, _ stream: inout RandomStream) -> RGBImage {
    let frost = FrostTexture(width: width, height: height, &stream)
    var image = self
    for index in pixels.indices {
      let value = own * Double(pixels[index]) + ice * frost.values[index]
      image.pixels[index] = UInt8(min(max(value, 0), 255))
    }
    return image
  }

  /// In fog. Numbers: those of a `Plasma` whose side is the next power of two for the longer side.
  func inFog(thickness: Double, decay: Double, _ stream: inout RandomStream) -> RGBImage {
    let side = Plasma.side(for: max(width, height))
    let fog = Plasma.heights(side: side, decay: decay, &stream)
    let brightest = Double(pixels.max() ?? 0) / 255
    var image = self
    for y in 0..<height {
      for x in 0..<width {
        let depth = thickness * fog[y * side + x]
        let start = (y * width + x) * 3
        for index in start..<start + 3 {
          let value = Double(pixels[index]) / 255 + depth
          image.pixels[index] = UInt8(cutting: value * brightest / (brightest + thickness))
        }
      }
    }
    return image
  }
}
