import Tracking

/// A training run's curves: its losses, and the errors on held-out photos.
public struct TrainingPlots: Sendable, Equatable {
  private let metrics: [MetricValue]
  private let phases: TrainingPhases

  /// - Parameter metrics: of one run.
  public init(_ metrics: [MetricValue], phases: TrainingPhases) {
    self.metrics = metrics
    self.phases = phases
  }

  /// What is optimised, and the size of its gradient; `nil` when no value is finite.
  public func losses(title: String) -> Plot? {
    let names = Set(metrics.map(\.name)).filter {
      $0.hasPrefix("train/") && $0 != "train/images_per_second"
    }
    // What is optimised comes first.
    let total = "train/loss"
    let sorted = names.filter { $0 == total } + names.filter { $0 != total }.sorted()
    let panels = sorted.map { name in
      let label = String(name.dropFirst("train/".count)).replacing("_", with: " ")
      return panel(label, unit: "", [(name: "", color: .blue, metric: name)])
    }
    return plot(
      title, panels, "Training losses and the norm of the gradient, against the step.")
  }

  /// Errors on held-out photos; `nil` when no value is finite.
  public func validation(title: String) -> Plot? {
    func views(_ measure: String) -> [(name: String, color: PlotColor, metric: String)] {
      [
        ("distorted", .vermilion, "validation/distorted/\(measure)"),
        ("transformed (x_s)", .green, "validation/transformed/\(measure)"),
        ("corrected", .blue, "validation/corrected/\(measure)"),
      ]
    }
    let panels = [
      panel("mean squared error", unit: "", views("mse")),
      panel("PSNR", unit: "dB", views("psnr")), panel("SSIM", unit: "", views("ssim")),
      panel("mean error of θ", unit: "", [("", .purple, "validation/theta_error")]),
    ]
    return plot(title, panels, "Errors on held-out photos, against the step.")
  }

  private func plot(_ title: String, _ panels: [PlotPanel], _ text: String) -> Plot? {
    let panels = panels.filter(\.hasData)
    guard !panels.isEmpty else { return nil }
    let last = panels.compactMap { panel -> String? in
      let parts = panel.series.compactMap { series -> String? in
        guard let value = series.points.last?.y else { return nil }
        let name = series.name.isEmpty ? "" : "\(series.name) "
        return name + MetricText.value(value)
      }
      return parts.isEmpty ? nil : "\(panel.y.name) \(parts.joined(separator: ", "))"
    }
    return Plot(
      title: title,
      description: "\(text)\(phaseText) At the end: \(last.joined(separator: "; ")).",
      panels: panels, columns: 2)
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
        (line.name, line.color, metrics.filter { $0.name == line.metric })
      })
  }

  /// All panels cover all steps.
  private var range: ClosedRange<Double>? {
    metrics.map(\.step).max().map { 0...Double(max($0, 1)) }
  }
}
