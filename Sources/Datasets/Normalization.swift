import Imaging
import Support
import Tensors

/// Turns 8-bit pixels into what the networks see: `(x / 255 − mean) / standard deviation` for each
/// channel, in 32-bit floats, bit for bit as torchvision's `ToTensor` and `Normalize`.
public struct Normalization: Sendable {
  /// Of R, G, B, on the scale 0…1.
  public let mean: [Float]
  /// Of R, G, B, on the scale 0…1.
  public let standardDeviation: [Float]
  /// The result for each of the 256 values, for R, then G, then B.
  private let table: [Float]

  /// The values that torchvision's ImageNet weights were trained with.
  public static let imageNet = Normalization(
    mean: (0.485, 0.456, 0.406), standardDeviation: (0.229, 0.224, 0.225))

  /// - Parameters:
  ///   - mean: of R, G, B, on the scale 0…1.
  ///   - standardDeviation: of R, G, B; not zero.
  public init(mean: (Float, Float, Float), standardDeviation: (Float, Float, Float)) {
    self.mean = [mean.0, mean.1, mean.2]
    self.standardDeviation = [standardDeviation.0, standardDeviation.1, standardDeviation.2]
    // Each operation rounds to 32 bits, in the order of torch: divide, subtract, divide.
    table = zip(self.mean, self.standardDeviation).flatMap { mean, deviation in
      (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }
  }

  /// The normalised value of an 8-bit one; channel 0 is red, 1 green, 2 blue.
  public subscript(value: UInt8, channel channel: Int) -> Float {
    table[channel * 256 + Int(value)]
  }

  /// Writes one image as `[H, W, 3]`.
  ///
  /// - Parameter destination: room for `image.pixels.count` floats.
  public func normalize(_ image: RGBImage, into destination: UnsafeMutablePointer<Float>) {
    table.withUnsafeBufferPointer { table in
      image.pixels.withUnsafeBufferPointer { pixels in
        var index = 0
        while index + 2 < pixels.count {
          destination[index] = table[Int(pixels[index])]
          destination[index + 1] = table[256 + Int(pixels[index + 1])]
          destination[index + 2] = table[512 + Int(pixels[index + 2])]
          index += 3
        }
      }
    }
  }

  /// Images of one size as a tensor `[N, H, W, 3]`; no images give `[0, 0, 0, 3]`.
  ///
  /// - Throws: `UserError` when sizes differ.
  public func batch(_ images: [RGBImage]) throws -> Tensor {
    let (height, width) = (images.first?.height ?? 0, images.first?.width ?? 0)
    if let other = images.first(where: { $0.height != height || $0.width != width }) {
      throw UserError(
        "images of \(width)×\(height) and \(other.width)×\(other.height) pixels do not fit in one "
          + "batch")
    }
    return Tensor([images.count, height, width, 3]) { memory in
      guard let start = memory.baseAddress else { return }
      for (index, image) in images.enumerated() {
        normalize(image, into: start + index * height * width * 3)
      }
    }
  }
}
