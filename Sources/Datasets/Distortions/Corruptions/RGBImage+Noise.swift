import Foundation
import Imaging
import Tensors

/// ImageNet-C's three kinds of noise, of each colour of each pixel apart.
extension RGBImage {
  /// The image with each number replaced.
  private func mapped(_ body: (_ index: Int, _ value: UInt8) -> UInt8) -> RGBImage {
    var image = self
    image.pixels = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, count in
      pixels.withUnsafeBufferPointer { pixels in
        for index in pixels.indices { buffer[index] = body(index, pixels[index]) }
      }
      count = pixels.count
    }
    return image
  }

  /// Normal noise, as of a sensor in bad light. Numbers: a normal one for each value.
  func withGaussianNoise(deviation: Double, _ stream: inout RandomStream) -> RGBImage {
    let noise = stream.normals(pixels.count)
    return noise.withUnsafeBufferPointer { noise in
      mapped { UInt8(cutting: Double($1) / 255 + noise[$0] * deviation) }
    }
  }

  /// The noise of counted photons: Poisson's distribution, by inversion. Numbers: 32 bits for each value.
  ///
  /// - Parameter photons: of white; what counts more is white, too.
  func withShotNoise(photons: Int, _ stream: inout RandomStream) -> RGBImage {
    // For each value, below which of 2³² numbers the count is 0, 1, …, photons − 1.
    let bounds = (0..<256).flatMap { value in
      let mean = Double(value) / 255 * Double(photons)
      var (share, sum) = (exp(-mean), 0.0)
      return (0..<photons).map { count -> UInt64 in
        sum += share
        share *= mean / Double(count + 1)
        return UInt64(min(sum, 1) * 0x1p32)
      }
    }
    let tones = (0...photons).map { UInt8(cutting: Double($0) / Double(photons)) }
    return bounds.withUnsafeBufferPointer { bounds in
      mapped { _, value in
        let (number, start) = (UInt64(stream.next32()), Int(value) * photons)
        var (low, high) = (0, photons)
        while low < high {
          let middle = (low + high) / 2
          if number < bounds[start + middle] { high = middle } else { low = middle + 1 }
        }
        return tones[low]
      }
    }
  }

  /// Salt and pepper, as of bits that flipped. Numbers: 32 bits for each value, below half of the amount
  /// white, below the amount black.
  func withImpulseNoise(amount: Double, _ stream: inout RandomStream) -> RGBImage {
    let (white, changed) = (UInt32(amount / 2 * 0x1p32), UInt32(amount * 0x1p32))
    return mapped { _, value in
      let number = stream.next32()
      return number < white ? 255 : number < changed ? 0 : UInt8(cutting: Double(value) / 255)
    }
  }
}
