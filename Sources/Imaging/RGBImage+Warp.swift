import CKernels
import Foundation

/// What pixels are weighted by when an image is drawn anew, by their distance.
public enum ResamplingFilter: String, CaseIterable, Sendable, Codable {
  /// Bilinear interpolation; what torchvision reduces images with.
  case triangle
  /// Keys' cubic with a = −0.5 (Catmull and Rom's spline).
  case cubic
  /// Lanczos' with three lobes.
  case lanczos

  /// Where it ends, in pixels.
  fileprivate var radius: Int {
    switch self {
    case .triangle: 1
    case .cubic: 2
    case .lanczos: 3
    }
  }

  /// The weight of a pixel at a distance of 0 or more pixels.
  private func weight(_ t: Double) -> Double {
    guard t < Double(radius) else { return 0 }
    switch self {
    case .triangle: return 1 - t
    case .cubic: return t < 1 ? (1.5 * t - 2.5) * t * t + 1 : ((-0.5 * t + 2.5) * t - 4) * t + 2
    case .lanczos:
      guard t > 0 else { return 1 }
      let x = Double.pi * t
      return 3 * sin(x) * sin(x / 3) / (x * x)
    }
  }

  /// As `rg_image_filter` stores it.
  fileprivate var table: [Float] {
    (0...radius * Int(RG_FILTER_STEPS)).map { Float(weight(Double($0) / Double(RG_FILTER_STEPS))) }
  }
}

extension RGBImage {
  /// What one sees of the image through a map, as `rg_image_warp`, `[height, width, 3]` on the scale
  /// 0…255: neither rounded nor cut off.
  ///
  /// - Parameters:
  ///   - map: takes a place in the result to one here, both in pixels from the top left corner.
  ///   - outside: the colour around the image, 0…255.
  public func warped(
    by map: Homography, width: Int, height: Int, filter: ResamplingFilter,
    outside: (Float, Float, Float)
  ) -> [Float] {
    let around = [outside.0, outside.1, outside.2]
    return withPixels { source in
      [Float](unsafeUninitializedCapacity: height * width * 3) { target, count in
        filter.table.withUnsafeBufferPointer { weights in
          var filter = rg_image_filter(
            radius: Int32(filter.radius), weights: weights.baseAddress)
          rg_image_warp(
            source, Int32(self.width), Int32(self.height), target.baseAddress, Int32(width),
            Int32(height), map.elements, &filter, around)
        }
        count = height * width * 3
      }
    }
  }
}
