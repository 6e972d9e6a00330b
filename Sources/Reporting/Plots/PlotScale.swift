import Foundation

/// Maps an axis's values to places between two ends.
struct PlotScale {
  let range: ClosedRange<Double>
  let isLogarithmic: Bool
  private let isWhole: Bool
  /// Where the range's ends lie, in pixels.
  let start: Double
  let end: Double

  /// The axis's scale over its values, widened to its range.
  ///
  /// - Parameter margin: which part of the width is added where the axis says no range.
  init(_ axis: PlotAxis, _ values: [Double], start: Double, end: Double, margin: Double) {
    isLogarithmic = axis.isLogarithmic
    isWhole = axis.isWhole
    self.start = start
    self.end = end
    let wanted = axis.range.map { [$0.lowerBound, $0.upperBound] } ?? []
    let usable = (values + wanted).filter { Self.canShow($0, isLogarithmic: axis.isLogarithmic) }
    let margin = axis.range == nil ? margin : 0
    range =
      axis.isLogarithmic
      ? Self.logarithmic(usable, margin: margin) : Self.linear(usable, margin: margin)
  }

  /// Whether a value has a place: it is a number, above 0 on a logarithmic axis, and not so far out
  /// that the distance of two of them is not finite.
  private static func canShow(_ value: Double, isLogarithmic: Bool) -> Bool {
    abs(value) <= 1e250 && (!isLogarithmic || value >= 1e-250)
  }

  /// Values that are (nearly) equal are in the middle, half of their size from either end.
  private static func linear(_ values: [Double], margin: Double) -> ClosedRange<Double> {
    guard let lower = values.min(), let upper = values.max() else { return 0...1 }
    let size = max(abs(lower), abs(upper))
    guard upper - lower <= 1e-7 * size else {
      let extra = (upper - lower) * margin
      return lower - extra...upper + extra
    }
    let (middle, half) = (lower / 2 + upper / 2, size > 0 ? size / 2 : 1)
    return middle - half...middle + half
  }

  /// At least half a power of ten.
  private static func logarithmic(_ values: [Double], margin: Double) -> ClosedRange<Double> {
    guard let least = values.min(), let most = values.max() else { return 0.1...1 }
    var (lower, upper) = (log10(least), log10(most))
    if upper - lower < 0.5 {
      let middle = (lower + upper) / 2
      (lower, upper) = (middle - 0.25, middle + 0.25)
    }
    let extra = (upper - lower) * margin
    return pow(10, lower - extra)...pow(10, upper + extra)
  }

  /// As many ticks as there may be, so that no label touches another.
  ///
  /// - Parameter room: what a label takes along the axis, in pixels.
  func ticks(room: (String) -> Double) -> Ticks {
    let choices =
      isLogarithmic
      ? Ticks.logarithmicChoices(range)
      : [5, 4, 3, 2, 1].map { Ticks.linear(range, about: $0) }.filter { ticks in
        !isWhole || ticks.values.allSatisfy { $0.rounded() == $0 }
      }
    return choices.first { fit($0, room) } ?? choices.last?.first ?? .none
  }

  private func fit(_ ticks: Ticks, _ room: (String) -> Double) -> Bool {
    let places = zip(ticks.values, ticks.labels).compactMap { value, label in
      self(value).map { (place: $0, half: room(label) / 2) }
    }
    return !places.isEmpty
      && zip(places, places.dropFirst()).allSatisfy {
        abs($0.place - $1.place) >= $0.half + $1.half
      }
  }

  /// The place of a value, or `nil` where it has none.
  func callAsFunction(_ value: Double) -> Double? {
    guard Self.canShow(value, isLogarithmic: isLogarithmic) else { return nil }
    let (lower, upper) = (range.lowerBound, range.upperBound)
    let part =
      isLogarithmic
      ? (log10(value) - log10(lower)) / (log10(upper) - log10(lower))
      : (value - lower) / (upper - lower)
    return start + (end - start) * part
  }

  /// The place of an interval's end: at the axis's own end where it lies beyond.
  func clipped(_ value: Double) -> Double? {
    if value.isNaN { return nil }
    guard value > range.lowerBound else { return start }
    guard value < range.upperBound else { return end }
    return self(value)
  }
}
