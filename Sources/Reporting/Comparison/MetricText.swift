import Foundation

/// Metrics of training in words.
enum MetricText {
  /// Four significant digits.
  static func value(_ value: Double) -> String {
    value.isFinite ? String(format: "%.4g", value) : "–"
  }
}
