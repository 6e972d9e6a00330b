import Evaluation
import Foundation
import Support

/// How numbers are written in reports, whatever the locale.
package enum Numbers {
  /// Two decimals: `76.13`.
  package static func percent(_ value: Double) -> String { fixed(value, decimals: 2) }

  /// With the given number of decimals.
  static func fixed(_ value: Double, decimals: Int) -> String {
    String(format: "%.*f", decimals, value)
  }

  /// A published percentage as it was printed: `42.5`.
  static func printed(_ proportion: PublishedProportion) -> String {
    String(format: "%.*f", proportion.decimals, proportion.percent)
  }

  /// With sign: `+0.40`, `−1.25`; `0.00` where rounding leaves nothing.
  package static func points(_ value: Double, decimals: Int = 2) -> String {
    let text = String(format: "%.*f", decimals, abs(value))
    if text.allSatisfy({ $0 == "0" || $0 == "." }) { return text }
    return (value < 0 ? "−" : "+") + text
  }

  /// `75.76–76.50`, percent.
  package static func interval(_ interval: Interval) -> String {
    "\(percent(100 * interval.lower))–\(percent(100 * interval.upper))"
  }

  /// `75.00 (30.06–95.44)`, percent; a dash where there is no proportion.
  static func share(_ proportion: ClusteredProportion?) -> String {
    guard let proportion, let share = proportion.proportion else { return "–" }
    return "\(percent(100 * share)) (\(interval(proportion.interval)))"
  }

  /// `75.00`, percent; a dash where there is no share.
  static func share(_ share: Double?) -> String { share.map { percent(100 * $0) } ?? "–" }

  /// The interval of a difference: `−1.20 to +5.31`, points.
  static func range(_ interval: Interval) -> String {
    "\(points(100 * interval.lower)) to \(points(100 * interval.upper))"
  }

  /// A difference in points: `+2.00`; a dash without any pair.
  static func points(_ difference: PairedDifference) -> String {
    difference.difference.map { points(100 * $0) } ?? "–"
  }

  /// A difference with its interval: `+2.00 (−8.27 to +11.39)`; a dash without any pair.
  static func change(_ difference: PairedDifference?) -> String {
    guard let difference, difference.difference != nil else { return "–" }
    return "\(points(difference)) (\(range(difference.interval)))"
  }

  /// Four significant digits, as short as they are: `0.01234`, `12`.
  package static func short(_ value: Double) -> String { String(format: "%.4g", value) }

  /// As `short`, with `NaN`, `∞` and `−∞` for what is recorded in place of a number.
  package static func metric(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    return value.isInfinite ? value < 0 ? "−∞" : "∞" : short(value)
  }

  /// Digits in groups of three: `50,000`.
  package static func count(_ value: Int) -> String {
    (value < 0 ? "−" : "") + abs(value).formatted(.number.locale(Locale(identifier: "en_US")))
  }

  /// `1 draw`, `50 draws`.
  package static func draws(_ count: Int) -> String {
    "\(self.count(count)) draw\(count == 1 ? "" : "s")"
  }

  /// A p-value: three decimals, `< 0.001` below, or a power of ten where it is far below.
  package static func probability(_ value: Double) -> String {
    // 1/16 computed in two ways may lie on both sides of 0.0625: a half is rounded up in both.
    if value >= 0.001 { return String(format: "%.3f", value * (1 + 1e-12)) }
    if value >= 1e-6 { return "< 0.001" }
    return value < 1e-300 ? "< 1e-300" : String(format: "%.0e", value)
  }
}

extension JSONValue {
  /// A share, or a difference of two, as percent or points; `null` for `nil`.
  static func percent(_ share: Double?) -> JSONValue { .optional(share.map { 100 * $0 }) }

  /// A share and the ends of its interval in percent; three times null where there is none.
  static func percents(_ share: Double?, _ interval: Interval?) -> [JSONValue] {
    let interval = share == nil ? nil : interval
    return [.percent(share), .percent(interval?.lower), .percent(interval?.upper)]
  }
}

extension Interval {
  /// Its ends in percent or points.
  var percent: ClosedRange<Double> { 100 * lower...100 * upper }
}
