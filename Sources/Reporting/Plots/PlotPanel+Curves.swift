import Tracking

extension PlotPanel {
  /// Metrics against the step, cut where a training phase begins. What spans more than a power of ten
  /// has a logarithmic axis.
  ///
  /// - Parameters:
  ///   - steps: what the axis covers; `nil` for what the values cover.
  ///   - phases: those that all lines have in common; `nil` for none.
  ///   - lines: named, each with one metric; the bands of means over seeds are drawn with them.
  static func curves(
    _ title: String, unit: String, steps: ClosedRange<Double>?, phases: TrainingPhases?,
    _ lines: [(name: String, color: PlotColor, curve: MeanCurve)]
  ) -> PlotPanel {
    // Few values are marked, so that one can see where they are.
    let areFew = lines.allSatisfy { $0.curve.values.count <= 40 }
    let series = lines.map { line in
      PlotSeries(
        name: line.name, color: line.color, style: areFew ? .markedLine : .line,
        points: points(line.curve))
    }
    let values = series.flatMap(\.points).flatMap { point in
      [point.y] + (point.interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }.filter(\.isFinite)
    let (least, most) = (values.min() ?? 0, values.max() ?? 0)
    return PlotPanel(
      title: "", x: PlotAxis("step", range: steps, isWhole: true),
      y: PlotAxis(title, unit: unit, isLogarithmic: least > 0 && most / least > 10),
      series: series, phases: stretches(phases))
  }

  /// With a gap wherever the phase changes. A value that is a mixture of two phases is neither's.
  private static func points(_ curve: MeanCurve) -> [PlotSeries.Point] {
    let values = curve.values
    let known = values.filter { $0.phase != nil }
    let sorted = (known.isEmpty ? values : known).sorted { $0.step < $1.step }
    var points: [PlotSeries.Point] = []
    for (index, value) in sorted.enumerated() {
      if index > 0, sorted[index - 1].phase != value.phase {
        points.append(.init(x: Double(value.step), y: .nan))
      }
      points.append(
        .init(x: Double(value.step), y: value.value, interval: curve.ranges[value.step]))
    }
    return points
  }

  /// None for a single phase: there is nothing to tell it from.
  private static func stretches(_ phases: TrainingPhases?) -> [PlotPhase] {
    guard let phases, phases.phases.count > 1 else { return [] }
    return phases.phases.map {
      PlotPhase(
        name: $0.name, range: Double($0.steps.lowerBound - 1)...Double($0.steps.upperBound))
    }
  }
}
