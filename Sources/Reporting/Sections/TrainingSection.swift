import Evaluation
import Tracking

/// How a corrector was trained: its curves and its last errors on held-out photos, phase by phase.
struct TrainingSection {
  let run: RunRecord
  let metrics: [MetricValue]
  let stem: String

  /// The metrics of a run, as plots and tables.
  init(_ run: RunRecord, store: Store, stem: String) throws {
    self.run = run
    metrics = try store.metrics(run: run.id)
    self.stem = stem
  }

  var section: PageSection {
    var section = PageSection()
    let title = "Training run \(run.id), \(run.name)"
    section.values["run"] = "\(run.id)"
    section.values["name"] = run.name
    section.values["status"] = run.status.rawValue
    let phases = TrainingPhases(configuration: run.configuration)
    let plots = TrainingPlots(metrics, phases: phases)
    var notes: [String] = []
    if let plot = plots.losses(title: "\(title): losses") {
      section.add(plot: plot, file: "\(stem)-training-\(run.id)-losses.svg")
    } else if metrics.contains(where: { $0.name.hasPrefix("train/") }) {
      notes.append("No curves of the losses: none of them is a number.")
    }
    if let plot = plots.validation(title: "\(title): held-out photos") {
      section.add(plot: plot, file: "\(stem)-training-\(run.id)-validation.svg")
    } else if metrics.contains(where: { $0.name.hasPrefix("validation/") }) {
      notes.append("No curves of held-out photos: none of their errors is a number.")
    }
    if metrics.isEmpty {
      notes.append("Run \(run.id) recorded no metrics.")
    } else {
      section.add(metricsTable)
      if metrics.contains(where: { $0.phase == nil }) {
        notes.append(Self.unknown(isAll: metrics.allSatisfy { $0.phase == nil }))
      }
    }
    if !notes.isEmpty { section.values["remarks"] = notes }
    return section
  }

  private static func unknown(isAll: Bool) -> String {
    isAll
      ? "It is not known which steps belong to which training phase: a curve may span several, whose "
        + "losses do not compare."
      : "Values without a phase are means over the end of one phase and the start of the next, as "
        + "earlier versions recorded them; the curves leave them out."
  }

  /// First, lowest, highest and last value of each metric in each phase; every value for programs.
  private var metricsTable: ReportTable {
    var table = Table(
      columns: ["metric", "phase", "first", "lowest", "highest", "last", "at step"], labels: 2)
    var data = DataTable(columns: ["run", "step", "metric", "value", "phase"])
    for metric in MetricSummary.all(metrics) {
      for phase in metric.phases {
        let finite = phase.values.map(\.value).filter(\.isFinite)
        table.append([
          metric.name, phase.name ?? "–", MetricText.value(phase.values.first?.value ?? .nan),
          MetricText.value(finite.min() ?? .nan), MetricText.value(finite.max() ?? .nan),
          MetricText.value(phase.last.value), Numbers.count(phase.last.step),
        ])
      }
      for value in metric.values {
        data.append([
          .integer(Int(run.id)), .integer(value.step), .text(metric.name), .number(value.value),
          .optional(value.phase),
        ])
      }
    }
    return ReportTable(
      name: "training-\(run.id)", caption: "Metrics of training run \(run.id), \(run.name).",
      table: table, data: data)
  }

  /// By phase, the middle of the recorded speeds, images/s.
  var speeds: [(phase: String?, speed: Double)] {
    let metric = MetricSummary.all(metrics).first { $0.name == "train/images_per_second" }
    return (metric?.phases ?? []).compactMap { phase in
      let speeds = phase.values.map(\.value).filter(\.isFinite).sorted()
      return speeds.isEmpty ? nil : (phase.name, speeds[speeds.count / 2])
    }
  }
}
