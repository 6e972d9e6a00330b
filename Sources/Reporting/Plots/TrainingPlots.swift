import Tracking

/// A training run's curves, or those of runs that differ in the seed alone: the losses, and the errors on
/// held-out photos.
public struct TrainingPlots: Sendable, Equatable {
  private let runs: [[MetricValue]]
  private let phases: TrainingPhases

  /// - Parameter metrics: of one run.
  public init(_ metrics: [MetricValue], phases: TrainingPhases) {
    self.init(runs: [metrics], phases: phases)
  }

  /// - Parameter runs: the metrics of each; several are drawn as their mean with a band.
  public init(runs: [[MetricValue]], phases: TrainingPhases) {
    self.runs = runs
    self.phases = phases
  }

  /// What is optimised, and the size of its gradient; `nil` when no value is finite.
  public func losses(title: String) -> Plot? {
    let panels = PlottedMetric.losses(of: Array(runs.joined())).map { metric in
      panel(metric.title, unit: metric.unit, [(name: "", color: .blue, metric: metric.name)])
    }
    return plot(
      title, panels, "Training losses and the norm of the gradient, against the step.")
  }

  /// Errors on held-out photos; `nil` when no value is finite.
  public func validation(title: String) -> Plot? {
    let panels = PlottedMetric.errors.map { metric in
      guard let measure = metric.name.split(separator: "corrected/").dropFirst().first else {
        return panel(metric.title, unit: metric.unit, [("", .purple, metric.name)])
      }
      let views: [(name: String, color: PlotColor, metric: String)] = [
        ("distorted", .vermilion, "validation/distorted/\(measure)"),
        ("transformed (x_s)", .green, "validation/transformed/\(measure)"),
        ("corrected", .blue, metric.name),
      ]
      return panel(metric.title, unit: metric.unit, views)
    }
    return plot(title, panels, "Errors on held-out photos, against the step.")
  }

  private func plot(_ title: String, _ panels: [PlotPanel], _ text: String) -> Plot? {
    let panels = panels.filter(\.hasData)
    guard !panels.isEmpty else { return nil }
    let last = panels.compactMap { panel -> String? in
      let parts = panel.series.compactMap { series -> String? in
        guard let value = series.points.last?.y else { return nil }
        let name = series.name.isEmpty ? "" : "\(series.name) "
        return name + Numbers.metric(value)
      }
      return parts.isEmpty ? nil : "\(panel.y.name) \(parts.joined(separator: ", "))"
    }
    return Plot(
      title: title,
      description: "\(text)\(meanText)\(phaseText) At the end: \(last.joined(separator: "; ")).",
      panels: panels, columns: 2, intervals: MeanCurve.bands)
  }

  private var meanText: String {
    runs.count > 1
      ? " Lines are means over \(runs.count) seeds, bands go from the \(MeanCurve.bands)." : ""
  }

  /// ` Phases: stn (steps 1 to 1,500), detail (steps 1,501 to 4,500).`
  private var phaseText: String {
    guard phases.phases.count > 1 else { return "" }
    let list = phases.phases.map { phase in
      "\(phase.name) (steps \(Numbers.count(phase.steps.lowerBound)) to "
        + "\(Numbers.count(phase.steps.upperBound)))"
    }
    return " Phases, whose losses are not comparable: \(list.joined(separator: ", "))."
  }

  private func panel(
    _ title: String, unit: String, _ lines: [(name: String, color: PlotColor, metric: String)]
  ) -> PlotPanel {
    .curves(
      title, unit: unit, steps: range, phases: phases,
      lines.map { line in
        (
          line.name, line.color,
          MeanCurve(runs.map { $0.filter { $0.name == line.metric } })
        )
      })
  }

  /// All panels cover all steps.
  private var range: ClosedRange<Double>? {
    runs.joined().map(\.step).max().map { 0...Double(max($0, 1)) }
  }
}
