import Foundation

/// How numbers are written in plots, whatever the locale: the same value always gives the same text.
package enum PlotNumbers {
  /// A coordinate in an SVG file: at most two decimals, without zeros at the end.
  package static func coordinate(_ value: Double) -> String { trimmed(value, decimals: 2) }

  /// Places as an SVG file has them.
  static func points(_ places: [(x: Double, y: Double)]) -> String {
    places.map { "\(coordinate($0.x)),\(coordinate($0.y))" }.joined(separator: " ")
  }

  /// At most this many decimals, without zeros at the end and without a sign at 0; `–` for a value
  /// that is not finite.
  static func trimmed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return "–" }
    let text = withoutZeros(String(format: "%.*f", decimals, value))
    return text == "-0" ? "0" : text
  }

  private static func withoutZeros(_ number: String) -> String {
    var text = number
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text
  }

  /// A value beside an axis: with the decimals that its step needs, thousands in groups, and a
  /// minus sign instead of a hyphen. Very large and very small ones have a power of ten: `1.2e−20`.
  ///
  /// - Parameter most: the greatest magnitude beside the axis, so that all are written in one way.
  static func tick(_ value: Double, step: Double, most: Double) -> String {
    guard most == 0 || (1e-4..<1e7).contains(most * 1.000001) else {
      return scientific(value, step: step)
    }
    let decimals = step > 0 && step < 1 ? min(12, Int((-log10(step) - 1e-9).rounded(.up))) : 0
    let text = String(format: "%.*f", decimals, value)
    if decimals == 0, abs(value) >= 10_000, abs(value) < 1e15 { return Numbers.count(Int(value)) }
    if text.allSatisfy({ "-0.".contains($0) }) { return text.replacing("-", with: "") }
    return text.replacing("-", with: "−")
  }

  /// With the digits that tell it from its neighbours.
  private static func scientific(_ value: Double, step: Double) -> String {
    // Where rounding leaves next to nothing, it is 0.
    guard abs(value) > step * 1e-6 else { return "0" }
    func power(_ value: Double) -> Int { Int((log10(value) + 1e-9).rounded(.down)) }
    let digits = min(max(power(abs(value)) - power(step), 0), 12)
    let parts = String(format: "%.*e", digits, value).split(separator: "e")
    guard parts.count == 2, let power = Int(parts[1]) else { return "–" }
    return "\(withoutZeros(String(parts[0])))e\(power)".replacing("-", with: "−")
  }
}
