import Evaluation
import Support
import Tracking

/// Training runs side by side: where each metric ended and where it was best, phase by phase, and the
/// curves.
struct MetricsSection {
  typealias Run = (subject: ComparedSubject, metrics: [MetricValue], phases: TrainingPhases)

  /// Those that have metrics.
  let runs: [Run]
  /// The same, those that differ in the seed alone together.
  let recipes: [[Run]]

  /// - Throws: `UserError` when the database cannot be read.
  init(_ subjects: [ComparedSubject], store: Store) throws {
    let runs = try subjects.compactMap { subject -> Run? in
      guard let run = subject.training else { return nil }
      let metrics = try store.metrics(run: run.id)
      guard !metrics.isEmpty else { return nil }
      return (subject, metrics, TrainingPhases(configuration: run.configuration))
    }
    self.runs = runs
    let known = runs.map { TrainingRecipe($0.subject) }
    recipes = runs.indices.compactMap { index in
      guard let recipe = known[index] else { return [runs[index]] }
      guard known.firstIndex(of: recipe) == index else { return nil }
      return runs.indices.filter { known[$0] == recipe }.map { runs[$0] }
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
    // The uncorrected errors are equal only if photos and distortions are the same.
    let isSame = last(before, "distorted") == last(after, "distorted")
    return ComparisonVerdict.HeldOut(before: first, after: second, isSame: isSame)
  }

  var report: ReportTable {
    let summaries = runs.map { MetricSummary.all($0.metrics) }
    let names = Set(summaries.joined().map(\.name)).sorted()
    var table = Table(
      columns: ["metric", "phase"]
        + runs.flatMap { ["\($0.subject.label), at the end", "\($0.subject.label), best"] },
      labels: 2)
    var data = DataTable(columns: [
      "subject", "run", "metric", "phase", "last", "last_step", "best", "best_step",
    ])
    for name in names {
      let found = summaries.map { $0.first { $0.name == name }?.phases ?? [] }
      for phase in found.joined().map(\.name).distinct {
        var cells = [name, phase ?? "–"]
        for (run, phases) in zip(runs, found) {
          let part = phases.first { $0.name == phase }
          cells += [Self.text(part?.last), Self.text(part?.best)]
          if let part { data.append(Self.values(name, part, run.subject)) }
        }
        // The errors of the distorted photos identify the held-out set, and never change.
        if !name.hasPrefix("validation/distorted/") { table.append(cells) }
      }
    }
    return ReportTable(
      name: "metrics", caption: "Metrics of the training runs, phase by phase (at step).",
      table: table, data: data)
  }

  private static func values(
    _ metric: String, _ phase: MetricSummary.Phase, _ subject: ComparedSubject
  ) -> [JSONValue] {
    [
      .text(subject.label), subject.training.map { .integer(Int($0.id)) } ?? .null,
      .text(metric), .optional(phase.name), .number(phase.last.value),
      .integer(phase.last.step), .optional(phase.best?.value),
      .optional(phase.best?.step),
    ]
  }

  /// A line for each configuration that cannot be read, and for each phase whose loss is another sum
  /// in one run than in another.
  var notes: [String] {
    let unread = runs.compactMap { run in
      run.subject.training?.unreadConfiguration.map {
        "\(run.subject.label): \(Markdown.plain($0))."
      }
    }
    return unread
      + runs.flatMap { $0.phases.phases.map(\.name) }.distinct.compactMap { name in
        let same = runs.compactMap { run in
          run.phases.phases.first { $0.name == name }.map { (run.subject.label, $0.losses) }
        }
        guard let first = same.first, same.contains(where: { $0.1 != first.1 }) else { return nil }
        let labels = same.map(\.0).joined(separator: ", ")
        return "The losses of phase \(Markdown.cell(name)) are weighted differently in \(labels): "
          + "their sums (train/loss) are not comparable."
      }
  }

  /// Curves over each other: the losses, and the errors on held-out photos. Runs that differ in the seed
  /// alone are one curve.
  var plots: [(name: String, plot: Plot)] {
    let metrics = runs.flatMap(\.metrics)
    let names = Set(metrics.map(\.name))
    return [
      ("losses", "Training losses", PlottedMetric.losses(of: metrics)),
      (
        "validation", "Held-out photos, corrected",
        PlottedMetric.errors.filter { names.contains($0.name) }
      ),
    ].compactMap { name, title, panels in
      guard !panels.isEmpty else { return nil }
      // As many as can be distinguished.
      let drawn = recipes.prefix(PlotColor.ofLines.count)
      let hasRepeats = drawn.contains { $0.count > 1 }
      let list = drawn.map(Self.label).joined(separator: hasRepeats ? "; " : ", ")
      return (
        name,
        Plot(
          title: "\(title): \(list)",
          description:
            "\(panels.map(\.title).joined(separator: ", ")) against the step, cut where a "
            + "training phase begins."
            + (hasRepeats
              ? " Of several runs the line is the mean, the band goes from the \(MeanCurve.bands)."
              : ""),
          panels: panels.map(panel).filter(\.hasData),
          columns: 2, intervals: MeanCurve.bands)
      )
    }
  }

  /// `A, B`.
  private static func label(_ runs: [Run]) -> String {
    runs.map(\.subject.label).joined(separator: ", ")
  }

  private func panel(_ metric: PlottedMetric) -> PlotPanel {
    let last = runs.flatMap(\.metrics).map(\.step).max() ?? 1
    return .curves(
      metric.title, unit: metric.unit, steps: 0...Double(max(last, 1)), phases: sharedPhases,
      recipes.prefix(PlotColor.ofLines.count).enumerated().map { index, runs in
        (
          name: Self.label(runs), color: PlotColor.ofLines[index % PlotColor.ofLines.count],
          curve: MeanCurve(runs.map { $0.metrics.filter { $0.name == metric.name } })
        )
      })
  }

  /// The phases, where they are the same in all runs; their curves are cut where each begins.
  private var sharedPhases: TrainingPhases? {
    guard let first = runs.first?.phases else { return nil }
    func spans(_ phases: TrainingPhases) -> [String] {
      phases.phases.map { "\($0.steps) \($0.name)" }
    }
    return runs.allSatisfy { spans($0.phases) == spans(first) } ? first : nil
  }

  /// `0.01409 (6,100)`.
  private static func text(_ value: MetricValue?) -> String {
    value.map { "\(Numbers.metric($0.value)) (\(Numbers.count($0.step)))" } ?? "–"
  }
}
