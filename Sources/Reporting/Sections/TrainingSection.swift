import Evaluation
import Support
import Tracking

/// How a corrector was trained: its curves and its last errors on held-out photos, phase by phase.
struct TrainingSection {
  let run: RunRecord
  let metrics: [MetricValue]
  let notes: [DataNote]
  let leftOut: [LeftOutItem]
  let stem: String

  /// The metrics of a run, as plots and tables.
  init(_ run: RunRecord, store: Store, stem: String) throws {
    self.run = run
    metrics = try store.metrics(run: run.id)
    notes = try store.dataNotes(run: run.id).forReading
    leftOut = try store.leftOut(run: run.id)
    self.stem = stem
  }

  /// What the template sets.
  struct Values: Encodable {
    let run, name, status: String
    var remarks: [String] = []
    var figures: [Figure] = []
    var table: String?
    var dataNotes: String?
  }

  var section: PageSection<Values> {
    let title = "Training run \(run.id), \(run.name)"
    var values = Values(run: "\(run.id)", name: run.name, status: run.status.rawValue)
    var figures = Figures()
    var tables: [ReportTable] = []
    let plots = TrainingPlots(metrics, phases: TrainingPhases(configuration: run.configuration))
    if let problem = run.unreadConfiguration {
      values.remarks.append("\(problem.prefix(1).uppercased())\(problem.dropFirst()).")
    }
    if let plot = plots.losses(title: "\(title): losses") {
      figures.add(plot, file: "\(stem)-training-\(run.id)-losses.svg")
    } else if metrics.contains(where: { $0.name.hasPrefix("train/") }) {
      values.remarks.append("No curves of the losses: none is finite.")
    }
    if let plot = plots.validation(title: "\(title): held-out photos") {
      figures.add(plot, file: "\(stem)-training-\(run.id)-validation.svg")
    } else if metrics.contains(where: { $0.name.hasPrefix("validation/") }) {
      values.remarks.append("No curves of held-out photos: none of their errors is finite.")
    }
    if metrics.isEmpty {
      values.remarks.append("Run \(run.id) recorded no metrics.")
    } else {
      tables = [metricsTable]
      values.table = tables.first?.markdown
      if metrics.contains(where: { $0.phase == nil }) {
        values.remarks.append(Self.unknown(isAll: metrics.allSatisfy { $0.phase == nil }))
      }
    }
    values.figures = figures.shown
    if !dataNotes.isEmpty { values.dataNotes = dataNotes.joined(separator: "\n") }
    return PageSection(values: values, files: figures.files, tables: tables)
  }

  /// A line for each thing that was found in the data, and photos that could not be used by name.
  private var dataNotes: [String] {
    let photos = leftOut.count { $0.dataset == "images" }
    let named = leftOut.map { "\($0.dataset): \(Markdown.code($0.item)): \($0.reason)" }
    return notes.map(Markdown.item)
      + (leftOut.isEmpty
        ? []
        : [
          "- \(Numbers.count(leftOut.count)) photos could not be used"
            + (photos > 0 ? "; those in the training set were replaced by others" : "")
        ]) + Markdown.sublist(named)
  }

  private static func unknown(isAll: Bool) -> String {
    isAll
      ? "It is unknown which steps belong to which training phase: a curve may span several, whose "
        + "losses are not comparable."
      : "Values without a phase are means over the end of one phase and the start of the next, as "
        + "earlier versions recorded them; the curves leave them out."
  }

  /// First, lowest, highest and last value of each metric in each phase; every value for programs.
  private var metricsTable: ReportTable {
    let summaries = MetricSummary.all(metrics)
    return ReportTable(
      name: "training-\(run.id)", caption: "Metrics of training run \(run.id), \(run.name).",
      table: Table(
        columns: ["metric", "phase", "first", "lowest", "highest", "last", "at step"], labels: 2,
        rows: summaries.flatMap { metric in
          metric.phases.map { phase in
            let finite = phase.values.map(\.value).filter(\.isFinite)
            let numbers = [
              phase.values.first?.value, finite.min(), finite.max(), phase.last.value,
            ].map { Numbers.metric($0 ?? .nan) }
            return [metric.name, phase.name ?? "–"] + numbers + [Numbers.count(phase.last.step)]
          }
        }),
      data: DataTable(
        columns: ["run", "step", "metric", "value", "phase"],
        rows: summaries.flatMap { metric in
          metric.values.map { value in
            [
              .integer(Int(run.id)), .integer(value.step), .text(metric.name),
              .number(value.value), .optional(value.phase),
            ]
          }
        }))
  }

  /// By phase, the median of the recorded speeds, images/s.
  var speeds: [(phase: String?, speed: Double)] {
    let metric = MetricSummary.all(metrics).first { $0.name == "train/images_per_second" }
    return (metric?.phases ?? []).compactMap { phase in
      let speeds = phase.values.map(\.value).filter(\.isFinite).sorted()
      return speeds.isEmpty ? nil : (phase.name, speeds[speeds.count / 2])
    }
  }
}
