import Tracking

/// A training run's curves: its losses, and the errors on held-out photos.
public struct TrainingPlots: Sendable, Equatable {
  /// Where a phase begins.
  public struct Phase: Sendable, Equatable {
    public let name: String
    /// The steps before it.
    public let start: Int

    public init(name: String, start: Int) {
      self.name = name
      self.start = start
    }
  }

  private let metrics: [MetricValue]
  private let phases: [Phase]

  /// - Parameter metrics: of one run.
  public init(_ metrics: [MetricValue], phases: [Phase]) {
    self.metrics = metrics
    self.phases = phases
  }

  /// What is optimised, and the size of its gradient; `nil` when nothing is recorded.
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

  /// Errors on held-out photos; `nil` when nothing is recorded.
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
    ].filter { $0.series.contains { !$0.points.isEmpty } }
    return plot(title, panels, "Errors on held-out photos, against the step.")
  }

  private func plot(_ title: String, _ panels: [PlotPanel], _ text: String) -> Plot? {
    guard !panels.isEmpty else { return nil }
    let last = panels.compactMap { panel -> String? in
      let parts = panel.series.compactMap { series -> String? in
        guard let value = series.points.last?.y else { return nil }
        let name = series.name.isEmpty ? "" : "\(series.name) "
        return name + PlotNumbers.trimmed(value, decimals: 5)
      }
      return parts.isEmpty ? nil : "\(panel.y.label) \(parts.joined(separator: ", "))"
    }
    return Plot(
      title: title, description: "\(text) At the end: \(last.joined(separator: "; ")).",
      panels: panels, columns: 2)
  }

  private func panel(
    _ title: String, unit: String, _ lines: [(name: String, color: PlotColor, metric: String)]
  ) -> PlotPanel {
    let series = lines.map { line in
      let values = metrics.filter { $0.name == line.metric }.sorted { $0.step < $1.step }
      // Few values are marked, so that one can see where they are.
      return PlotSeries(
        name: line.name, color: line.color, style: values.count <= 40 ? .markedLine : .line,
        points: values.map { .init(x: Double($0.step), y: $0.value) })
    }
    let values = series.flatMap(\.points).map(\.y).filter(\.isFinite)
    let (least, most) = (values.min() ?? 0, values.max() ?? 0)
    return PlotPanel(
      title: "", x: PlotAxis("step", range: range),
      y: PlotAxis(title, unit: unit, isLogarithmic: least > 0 && most / least > 10),
      series: series,
      guides: phases.count > 1
        ? phases.map { .vertical(Double($0.start), label: $0.name) } : [])
  }

  /// All panels cover all steps.
  private var range: ClosedRange<Double>? {
    metrics.map(\.step).max().map { 0...Double(max($0, 1)) }
  }
}
