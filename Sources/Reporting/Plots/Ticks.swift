import Foundation

/// The values at which an axis is marked.
package struct Ticks: Equatable {
  /// Ascending.
  package let values: [Double]
  /// A text for each.
  package let labels: [String]

  /// Multiples of 1, 2 or 5 times a power of ten within a range, about so many.
  ///
  /// A range that is empty, reversed or not finite has no ticks.
  package static func linear(_ range: ClosedRange<Double>, about count: Int = 5) -> Ticks {
    let width = range.upperBound - range.lowerBound
    guard width.isFinite, width > 0, count > 0 else { return Ticks(values: [], labels: []) }
    let raw = width / Double(count)
    let power = pow(10, log10(raw).rounded(.down))
    let step = power * (([1, 2, 5, 10].first { raw / power <= $0 * 1.0001 }) ?? 10)
    // Multiples are computed, not summed, so that no error adds up.
    let first = Int((range.lowerBound / step - 1e-6).rounded(.up))
    let last = Int((range.upperBound / step + 1e-6).rounded(.down))
    guard first <= last else { return Ticks(values: [], labels: []) }
    let values = (first...last).map { Double($0) * step }
    return Ticks(values: values, labels: values.map { PlotNumbers.tick($0, step: step) })
  }

  /// 1, 2 and 5 times powers of ten within a range above 0; powers of ten alone where it is wide.
  package static func logarithmic(_ range: ClosedRange<Double>) -> Ticks {
    guard range.lowerBound > 0, range.upperBound.isFinite else {
      return Ticks(values: [], labels: [])
    }
    let first = Int(log10(range.lowerBound).rounded(.down))
    let last = Int(log10(range.upperBound).rounded(.up))
    let factors: [Double] = last - first > 3 ? [1] : [1, 2, 5]
    let reach = range.lowerBound * 0.999...range.upperBound * 1.001
    var values: [Double] = []
    for power in first...last {
      let unit = pow(10, Double(power))
      values += factors.map { $0 * unit }.filter(reach.contains)
    }
    return Ticks(values: values, labels: values.map { PlotNumbers.tick($0, step: $0) })
  }
}
