import Foundation

/// The values at which an axis is marked.
package struct Ticks: Equatable {
  /// Ascending.
  package let values: [Double]
  /// A text for each.
  package let labels: [String]

  static let none = Ticks(values: [], labels: [])

  /// Multiples of 1, 2 or 5 times a power of ten within a range, about so many.
  ///
  /// A range that is empty, reversed or not finite has no ticks.
  package static func linear(_ range: ClosedRange<Double>, about count: Int = 5) -> Ticks {
    let width = range.upperBound - range.lowerBound
    guard width.isFinite, width > 0, count > 0 else { return none }
    let raw = width / Double(count)
    let power = pow(10, log10(raw).rounded(.down))
    let step = power * (([1, 2, 5, 10].first { raw / power <= $0 * 1.0001 }) ?? 10)
    // Multiples are computed, not summed, so that no error adds up.
    let first = (range.lowerBound / step - 1e-6).rounded(.up)
    let last = (range.upperBound / step + 1e-6).rounded(.down)
    guard first <= last, last - first < 100 else { return none }
    let values = (0...Int(last - first)).map { (first + Double($0)) * step }
    let most = max(abs(values.first ?? 0), abs(values.last ?? 0))
    return Ticks(
      values: values, labels: values.map { PlotNumbers.tick($0, step: step, most: most) })
  }

  /// 1, 2 and 5 times powers of ten within a range above 0; powers of ten alone where it is wide.
  package static func logarithmic(_ range: ClosedRange<Double>) -> Ticks {
    powers(
      range, every: 1, factors: log10(range.upperBound / range.lowerBound) > 3 ? [1] : [1, 2, 5])
  }

  /// Ticks of a range above 0, those with most values first; each has two or more.
  static func logarithmicChoices(_ range: ClosedRange<Double>) -> [Ticks] {
    let wide = [1, 2, 5, 10, 20, 50, 100, 200].map { powers(range, every: $0, factors: [1]) }
    // A range that holds few of these is so narrow that even distances look right.
    let narrow = [5, 3, 2].map { linear(range, about: $0) }
    return ([logarithmic(range)] + wide + narrow).filter { $0.values.count > 1 }
  }

  private static func powers(
    _ range: ClosedRange<Double>, every: Int, factors: [Double]
  ) -> Ticks {
    guard range.lowerBound > 0, range.upperBound.isFinite else { return none }
    let first = Int(log10(range.lowerBound).rounded(.down))
    let last = Int(log10(range.upperBound).rounded(.up))
    guard first <= last else { return none }
    let reach = range.lowerBound * 0.999...range.upperBound * 1.001
    let values = (first...last).filter { $0.isMultiple(of: every) }.flatMap { power in
      factors.map { $0 * pow(10, Double(power)) }.filter(reach.contains)
    }
    return Ticks(
      values: values, labels: values.map { PlotNumbers.tick($0, step: $0, most: $0) })
  }

  /// The first tick alone.
  var first: Ticks { Ticks(values: Array(values.prefix(1)), labels: Array(labels.prefix(1))) }
}
