import Tracking

extension PlotPanel {
  /// Metrics against the step. What spans more than a power of ten has a logarithmic axis.
  ///
  /// - Parameters:
  ///   - steps: what the axis covers; `nil` for what the values cover.
  ///   - lines: named, each with the values of one metric.
  static func curves(
    _ title: String, unit: String, steps: ClosedRange<Double>?,
    _ lines: [(name: String, color: PlotColor, values: [MetricValue])], guides: [PlotGuide] = []
  ) -> PlotPanel {
    // Few values are marked, so that one can see where they are.
    let areFew = lines.allSatisfy { $0.values.count <= 40 }
    let series = lines.map { line in
      PlotSeries(
        name: line.name, color: line.color, style: areFew ? .markedLine : .line,
        points: line.values.sorted { $0.step < $1.step }.map {
          .init(x: Double($0.step), y: $0.value)
        })
    }
    let values = series.flatMap(\.points).map(\.y).filter(\.isFinite)
    let (least, most) = (values.min() ?? 0, values.max() ?? 0)
    return PlotPanel(
      title: "", x: PlotAxis("step", range: steps),
      y: PlotAxis(title, unit: unit, isLogarithmic: least > 0 && most / least > 10),
      series: series, guides: guides)
  }
}
