import Evaluation
import Tracking

/// Training runs side by side: where each metric ended and where it was best, and the curves.
struct MetricsSection {
  private let runs: [(subject: ComparedSubject, metrics: [MetricValue])]

  /// - Throws: `UserError` when the database cannot be read.
  init(_ subjects: [ComparedSubject], store: Store) throws {
    runs = try subjects.compactMap { subject in
      guard let run = subject.training else { return nil }
      let metrics = try store.metrics(run: run.id)
      return metrics.isEmpty ? nil : (subject, metrics)
    }
  }

  /// Whether two or more can be compared.
  var isComparing: Bool { runs.count > 1 }

  /// The last errors of two subjects on held-out photos, finite or not; `nil` where one has none.
  func heldOut(_ before: ComparedSubject, _ after: ComparedSubject) -> ComparisonVerdict.HeldOut? {
    func last(_ subject: ComparedSubject, _ view: String) -> Double? {
      runs.first { $0.subject.label == subject.label }?.metrics
        .filter { $0.name == "validation/\(view)/mse" }.max { $0.step < $1.step }?.value
    }
    guard let first = last(before, "corrected"), let second = last(after, "corrected") else {
      return nil
    }
    // What was not corrected yet is equally far from y only if photos and distortions are the same.
    let isSame = last(before, "distorted") == last(after, "distorted")
    return ComparisonVerdict.HeldOut(before: first, after: second, isSame: isSame)
  }

  var report: ReportTable {
    let summaries = runs.map { MetricSummary.all($0.metrics) }
    let names = Set(summaries.joined().map(\.name)).sorted()
    var table = Table(
      columns: ["metric"]
        + runs.flatMap { ["\($0.subject.label), at the end", "\($0.subject.label), best"] })
    var data = DataTable(columns: [
      "subject", "run", "metric", "last", "last_step", "best", "best_step",
    ])
    for name in names {
      var cells = [name]
      for (run, summaries) in zip(runs, summaries) {
        let summary = summaries.first { $0.name == name }
        cells += [Self.text(summary?.last), Self.text(summary?.best)]
        guard let summary else { continue }
        data.append([
          .text(run.subject.label), run.subject.training.map { .integer(Int($0.id)) } ?? .missing,
          .text(name), .number(summary.last.value), .integer(summary.last.step),
          .optional(summary.best?.value), summary.best.map { .integer($0.step) } ?? .missing,
        ])
      }
      // The errors of what was distorted say which photos were held out, and change nowhere.
      if !name.hasPrefix("validation/distorted/") { table.append(cells) }
    }
    return ReportTable(
      name: "metrics", caption: "Metrics of the training runs (at step).", table: table, data: data)
  }

  /// Curves over each other: the losses, and the errors on held-out photos.
  var plots: [(name: String, plot: Plot)] {
    let names = Set(runs.flatMap(\.metrics).map(\.name))
    let total = "train/loss"
    let losses = names.filter { $0.hasPrefix("train/") && $0 != "train/images_per_second" }
    let sorted = losses.filter { $0 == total } + losses.filter { $0 != total }.sorted()
    let validation = [
      ("validation/corrected/mse", "mean squared error", ""),
      ("validation/corrected/psnr", "PSNR", "dB"), ("validation/corrected/ssim", "SSIM", ""),
      ("validation/theta_error", "mean error of θ", ""),
    ].filter { names.contains($0.0) }
    let trained = sorted.map { name in
      (name, String(name.dropFirst("train/".count)).replacing("_", with: " "), "")
    }
    return [
      ("losses", "Training losses", trained),
      ("validation", "Held-out photos, corrected", validation),
    ].compactMap { name, title, panels in
      guard !panels.isEmpty else { return nil }
      let list = runs.map(\.subject.label).joined(separator: ", ")
      return (
        name,
        Plot(
          title: "\(title): \(list)",
          description: "\(panels.map(\.1).joined(separator: ", ")) against the step.",
          panels: panels.map { panel($0.0, title: $0.1, unit: $0.2) }, columns: 2)
      )
    }
  }

  private func panel(_ metric: String, title: String, unit: String) -> PlotPanel {
    let last = runs.flatMap(\.metrics).map(\.step).max() ?? 1
    return .curves(
      title, unit: unit, steps: 0...Double(max(last, 1)),
      runs.enumerated().map { index, run in
        (
          name: run.subject.label, color: PlotColor.allCases[index % PlotColor.allCases.count],
          values: run.metrics.filter { $0.name == metric }
        )
      })
  }

  /// `0.01409 (6,100)`.
  private static func text(_ value: MetricValue?) -> String {
    value.map { "\(MetricText.value($0.value)) (\(Numbers.count($0.step)))" } ?? "–"
  }
}
