import Foundation

/// A published percentage of a set whose size is known, as the count that it must come from.
public struct PublishedProportion: Sendable, Equatable {
  /// As printed, 0…100.
  public let percent: Double
  /// Images.
  public let size: Int
  /// Decimals that were printed.
  public let decimals: Int
  /// The counts k for which 100 k / size rounds to the printed number; empty when there is none.
  /// Where 100 k / size lies in the middle between two numbers, either rounding is taken.
  public let counts: ClosedRange<Int>?
  /// The count nearest to the printed number.
  public let nearest: Int

  /// - Parameters:
  ///   - percent: 0…100, as printed.
  ///   - size: images, at least 1.
  ///   - decimals: that were printed, 0…6.
  public init(percent: Double, size: Int, decimals: Int) {
    self.percent = percent
    self.size = size
    self.decimals = decimals
    let exact = percent / 100 * Double(size)
    nearest = min(size, max(0, Int(exact.rounded())))
    // Half a unit of the last decimal; the printed number itself is no exact double.
    let slack = (0.5 * Foundation.pow(10, -Double(decimals)) + 1e-9) / 100 * Double(size)
    let lowest = max(0, Int((exact - slack).rounded(.up)))
    let highest = min(size, Int((exact + slack).rounded(.down)))
    counts = lowest <= highest ? lowest...highest : nil
  }

  /// nearest / size, 0…1.
  public var proportion: Double { size > 0 ? Double(nearest) / Double(size) : 0 }

  /// The 95 % interval that the number carries (Wilson).
  public var interval: Interval { .wilson(proportion: proportion, size: Double(size)) }
}
