import CKernels
import Foundation

/// A Gaussian with scipy's weights, cut off at some deviations.
struct GaussianFilter {
  /// Of the middle, then outwards.
  private let weights: [Double]
  private let reflects: Bool

  /// - Parameters:
  ///   - deviation: pixels.
  ///   - cutOff: deviations.
  ///   - reflects: what lies beyond the edges: the image mirrored, or its outermost pixels repeated.
  init(deviation: Double, cutOff: Double = 4, reflects: Bool = false) {
    let radius = Int(cutOff * deviation + 0.5)
    let all = (-radius...radius).map { exp(-0.5 / (deviation * deviation) * Double($0 * $0)) }
    let sum = Self.sum(all[...])
    weights = all[radius...].map { $0 / sum }
    self.reflects = reflects
  }

  /// NumPy's sum: eight at once, long ones in halves.
  private static func sum(_ values: ArraySlice<Double>) -> Double {
    let (count, first) = (values.count, values.startIndex)
    guard count >= 8 else { return values.reduce(0, +) }
    guard count <= 128 else {
      let half = count / 2 - count / 2 % 8
      return sum(values.prefix(half)) + sum(values.dropFirst(half))
    }
    var sums = Array(values.prefix(8))
    let whole = count - count % 8
    for index in 8..<whole { sums[index % 8] += values[first + index] }
    let pairs =
      (sums[0] + sums[1]) + (sums[2] + sums[3]) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    return values.dropFirst(whole).reduce(pairs, +)
  }

  /// Values `[height, width, channels]`, filtered down, then across.
  func callAsFunction(_ values: [Double], width: Int, height: Int, channels: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: values.count) { buffer, count in
      rg_image_filter_separable(
        values, Int32(width), Int32(height), Int32(channels), weights, Int32(weights.count - 1),
        reflects ? 1 : 0, buffer.baseAddress)
      count = values.count
    }
  }
}
