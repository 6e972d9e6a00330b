import Foundation

/// Maps an axis's values to places between two ends.
struct PlotScale {
  let range: ClosedRange<Double>
  let isLogarithmic: Bool
  /// Where the range's ends lie, in pixels.
  let start: Double
  let end: Double

  /// The axis's scale over its values, widened to its range.
  ///
  /// - Parameter margin: which part of the width is added where the axis says no range.
  init(_ axis: PlotAxis, _ values: [Double], start: Double, end: Double, margin: Double) {
    isLogarithmic = axis.isLogarithmic
    self.start = start
    self.end = end
    let usable = values.filter { $0.isFinite && (!axis.isLogarithmic || $0 > 0) }
    var lower = usable.min() ?? axis.range?.lowerBound ?? (axis.isLogarithmic ? 0.1 : 0)
    var upper = usable.max() ?? axis.range?.upperBound ?? 1
    if axis.isLogarithmic {
      if upper / lower < 1.5 { (lower, upper) = (lower / 1.5, upper * 1.5) }
      let factor = pow(upper / lower, margin)
      (lower, upper) = (lower / factor, upper * factor)
    } else {
      if upper - lower < 1e-12 * max(abs(upper), 1) {
        let half = max(abs(upper) * 0.5, 0.5)
        (lower, upper) = (lower - half, upper + half)
      }
      let extra = (upper - lower) * margin
      if axis.range == nil { (lower, upper) = (lower - extra, upper + extra) }
    }
    if let wanted = axis.range {
      let data =
        usable.isEmpty
        ? wanted
        : min(
          usable.min() ?? 0, wanted.lowerBound)...max(
            usable.max() ?? 0, wanted.upperBound)
      if data.upperBound > data.lowerBound { (lower, upper) = (data.lowerBound, data.upperBound) }
    }
    range = lower...upper
  }

  var ticks: Ticks { isLogarithmic ? .logarithmic(range) : .linear(range) }

  /// The place of a value, or `nil` where it has none.
  func callAsFunction(_ value: Double) -> Double? {
    guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
    let part =
      isLogarithmic
      ? log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
      : (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    return start + (end - start) * part
  }
}
