import Foundation

/// Metrics of training as text.
enum MetricText {
  /// Four significant digits, or what is recorded in place of a number.
  static func value(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "−∞" : "∞" }
    return String(format: "%.4g", value)
  }
}
