import Imaging
import Support
import Tensors

/// Turns pixels into what the networks take, as torchvision's `ToTensor` and `Normalize` do.
public enum PixelTensor {
  /// Per-channel mean and standard deviation of ImageNet, R G B.
  public static let mean: [Float] = [0.485, 0.456, 0.406]
  public static let standardDeviation: [Float] = [0.229, 0.224, 0.225]

  /// The value of each byte in each channel, in float32 as PyTorch computes it: (x/255 − mean)/std.
  private static let table: [Float] = (0..<3).flatMap { channel in
    (0..<256).map { (Float($0) / 255 - mean[channel]) / standardDeviation[channel] }
  }

  /// The centres of square images, normalised: `[N, side, side, 3]`.
  ///
  /// - Parameter side: at most the images' own; the rest is cut off evenly.
  /// - Throws: `UserError` when an image is smaller.
  public static func normalised(_ images: [RGBImage], side: Int) throws -> Tensor {
    for image in images where image.width < side || image.height < side {
      throw UserError("an image of \(image.width)×\(image.height) pixels is too small for \(side)")
    }
    let row = side * 3
    return Tensor([images.count, side, side, 3]) { memory in
      table.withUnsafeBufferPointer { table in
        var target = 0
        for image in images {
          let left = (image.width - side) / 2
          let top = (image.height - side) / 2
          image.pixels.withUnsafeBufferPointer { pixels in
            for y in 0..<side {
              let start = ((top + y) * image.width + left) * 3
              for x in stride(from: 0, to: row, by: 3) {
                memory[target] = table[Int(pixels[start + x])]
                memory[target + 1] = table[256 + Int(pixels[start + x + 1])]
                memory[target + 2] = table[512 + Int(pixels[start + x + 2])]
                target += 3
              }
            }
          }
        }
      }
    }
  }
}
