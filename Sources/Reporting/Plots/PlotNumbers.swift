import Foundation

/// How numbers are written in plots, whatever the locale: the same value always gives the same text.
package enum PlotNumbers {
  /// A coordinate in an SVG file: at most two decimals, without zeros at the end.
  package static func coordinate(_ value: Double) -> String { trimmed(value, decimals: 2) }

  /// At most so many decimals, without zeros at the end and without a sign at 0; `–` for a value
  /// that is not finite.
  static func trimmed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return "–" }
    var text = String(format: "%.*f", decimals, value)
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text == "-0" ? "0" : text
  }

  /// A value beside an axis: with the decimals that its step needs, thousands in groups, and a
  /// minus sign instead of a hyphen.
  static func tick(_ value: Double, step: Double) -> String {
    let decimals = step > 0 && step < 1 ? min(8, Int((-log10(step) - 1e-9).rounded(.up))) : 0
    let text = String(format: "%.*f", decimals, value)
    if decimals == 0, abs(value) >= 10_000, abs(value) < 1e15 { return Numbers.count(Int(value)) }
    if text.allSatisfy({ "-0.".contains($0) }) { return text.replacing("-", with: "") }
    return text.replacing("-", with: "−")
  }
}
