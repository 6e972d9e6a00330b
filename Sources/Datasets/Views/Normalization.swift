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
  public static let imageNet = Normalization()

  private init() {
    mean = ImageNetStatistics.mean
    standardDeviation = ImageNetStatistics.standardDeviation
    // Each operation rounds to 32 bits, in the order of torch: divide, subtract, divide.
    table = zip(mean, standardDeviation).flatMap { mean, deviation in
      (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }
  }

  /// The normalised value of an 8-bit one; channel 0 is red, 1 green, 2 blue.
  public subscript(value: UInt8, channel channel: Int) -> Float {
    table[channel * 256 + Int(value)]
  }

  /// Writes the middle of an image as `[side, side, 3]`; what is left over is cut off evenly.
  ///
  /// - Parameters:
  ///   - side: at most the image's height and width.
  ///   - destination: room for `side * side * 3` floats.
  private func normalize(
    _ image: RGBImage, side: Int, into destination: UnsafeMutablePointer<Float>
  ) {
    let (left, top) = ((image.width - side) / 2, (image.height - side) / 2)
    table.withUnsafeBufferPointer { table in
      image.pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<side {
          let row = ((top + y) * image.width + left) * 3
          let target = destination + y * side * 3
          for index in stride(from: 0, to: side * 3, by: 3) {
            target[index] = table[Int(pixels[row + index])]
            target[index + 1] = table[256 + Int(pixels[row + index + 1])]
            target[index + 2] = table[512 + Int(pixels[row + index + 2])]
          }
        }
      }
    }
  }

  /// The middle squares of images as a tensor `[N, side, side, 3]`.
  ///
  /// - Throws: `UserError` when an image is smaller than `side`.
  public func batch(_ images: [RGBImage], side: Int) throws -> Tensor {
    if let small = images.first(where: { min($0.height, $0.width) < side }) {
      throw UserError("an image of \(small.width)×\(small.height) pixels is too small for \(side)")
    }
    return Tensor([images.count, side, side, 3]) { memory in
      guard let start = memory.baseAddress else { return }
      for (index, image) in images.enumerated() {
        normalize(image, side: side, into: start + index * side * side * 3)
      }
    }
  }
}

extension Normalization {
  /// Normalised values `[…, 3]` back on the scale 0…1, cut off there.
  public func unit(_ normalised: Tensor) -> Tensor {
    normalised.withUnsafeBufferPointer { values in
      Tensor(normalised.shape) { memory in
        for index in 0..<memory.count {
          let channel = index % 3
          memory[index] = min(
            max(values[index] * standardDeviation[channel] + mean[channel], 0), 1)
        }
      }
    }
  }

  /// One image of a normalised batch `[N, H, W, 3]` as pixels, or `nil` when there is none.
  public func image(_ batch: Tensor, index: Int) -> RGBImage? {
    guard batch.shape.count == 4, batch.shape[3] == 3, (0..<batch.shape[0]).contains(index) else {
      return nil
    }
    let count = batch.count / batch.shape[0]
    let pixels = batch.withUnsafeBufferPointer { values in
      (0..<count).map { position -> UInt8 in
        let channel = position % 3
        let value =
          values[index * count + position] * standardDeviation[channel] + mean[channel]
        // max first: it turns NaN into 0.
        return UInt8(min(max(0, value * 255), 255).rounded())
      }
    }
    return RGBImage(width: batch.shape[2], height: batch.shape[1], pixels: pixels)
  }
}
