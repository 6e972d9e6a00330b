import Foundation

/// How near an image is to another, both with values from 0 to 1, `[H, W, 3]`.
public struct ImageQuality: Sendable, Equatable {
  /// Mean squared error.
  public var mse: Double
  /// Structural similarity (Wang et al., 2004), mean of the three channels.
  public var ssim: Double

  /// Peak signal to noise ratio in decibels: −10 log₁₀ mse.
  public var psnr: Double { -10 * log10(max(mse, 1e-12)) }

  /// A quality that was measured elsewhere, or a mean.
  public init(mse: Double, ssim: Double) {
    self.mse = mse
    self.ssim = ssim
  }

  /// Compares two images.
  ///
  /// SSIM as `skimage.metrics.structural_similarity` with `gaussian_weights=True`, σ = 1.5,
  /// `use_sample_covariance=False`, `data_range=1`: a Gaussian window of 11×11, the mean over the
  /// pixels whose window lies inside.
  public init(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, height: Int, width: Int
  ) {
    var squares = 0.0
    for index in 0..<min(a.count, b.count) {
      let difference = Double(a[index]) - Double(b[index])
      squares += difference * difference
    }
    mse = squares / Double(max(a.count, 1))
    guard height >= Self.window, width >= Self.window else {
      ssim = .nan
      return
    }
    let count = height * width
    var total = 0.0
    for channel in 0..<3 {
      var maps = [[Float]](repeating: [Float](repeating: 0, count: count), count: 5)
      for pixel in 0..<count {
        let (x, y) = (a[pixel * 3 + channel], b[pixel * 3 + channel])
        (maps[0][pixel], maps[1][pixel]) = (x, y)
        (maps[2][pixel], maps[3][pixel], maps[4][pixel]) = (x * x, y * y, x * y)
      }
      let means = maps.map { Self.blurred($0, height: height, width: width) }
      var sum = 0.0
      for index in means[0].indices {
        let (mx, my) = (Double(means[0][index]), Double(means[1][index]))
        let vx = Double(means[2][index]) - mx * mx
        let vy = Double(means[3][index]) - my * my
        let covariance = Double(means[4][index]) - mx * my
        sum +=
          (2 * mx * my + Self.c1) * (2 * covariance + Self.c2)
          / ((mx * mx + my * my + Self.c1) * (vx + vy + Self.c2))
      }
      total += sum / Double(means[0].count)
    }
    ssim = total / 3
  }

  private static let window = 11
  private static let c1 = 0.01 * 0.01
  private static let c2 = 0.03 * 0.03

  private static let kernel: [Float] = {
    let weights = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
    return weights.map { Float($0 / weights.reduce(0, +)) }
  }()

  /// The Gaussian mean around each pixel whose window lies inside.
  private static func blurred(_ map: [Float], height: Int, width: Int) -> [Float] {
    let (rows, columns) = (height - window + 1, width - window + 1)
    var across = [Float](repeating: 0, count: height * columns)
    var result = [Float](repeating: 0, count: rows * columns)
    map.withUnsafeBufferPointer { map in
      across.withUnsafeMutableBufferPointer { across in
        kernel.withUnsafeBufferPointer { kernel in
          for y in 0..<height {
            for tap in 0..<window {
              let weight = kernel[tap]
              for x in 0..<columns {
                across[y * columns + x] += weight * map[y * width + x + tap]
              }
            }
          }
          result.withUnsafeMutableBufferPointer { result in
            for y in 0..<rows {
              for tap in 0..<window {
                let weight = kernel[tap]
                for x in 0..<columns {
                  result[y * columns + x] += weight * across[(y + tap) * columns + x]
                }
              }
            }
          }
        }
      }
    }
    return result
  }
}
