import Foundation
import Tracking

/// How a corrector was trained: its curves and its last errors on held-out photos.
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
    notes = try store.dataNotes(run: run.id)
    leftOut = try store.leftOut(run: run.id)
    self.stem = stem
  }

  var section: PageSection {
    var section = PageSection()
    let title = "Training run \(run.id), \(run.name)"
    section.values["run"] = "\(run.id)"
    section.values["name"] = run.name
    section.values["status"] = run.status.rawValue
    let phases = Self.phases(run.configuration)
    let plots = TrainingPlots(metrics, phases: phases ?? [])
    if let plot = plots.losses(title: "\(title): losses") {
      section.add(plot: plot, file: "\(stem)-training-\(run.id)-losses.svg")
    }
    if let plot = plots.validation(title: "\(title): held-out photos") {
      section.add(plot: plot, file: "\(stem)-training-\(run.id)-validation.svg")
    }
    var notes: [String] = []
    if metrics.isEmpty {
      notes.append("Run \(run.id) recorded no metrics.")
    } else {
      section.add(metricsTable)
    }
    if phases == nil {
      notes.append(
        "Where phases of run \(run.id) begin is not known: its configuration lists none.")
    }
    if !notes.isEmpty { section.values["notes"] = notes }
    if !dataNotes.isEmpty { section.values["data_notes"] = dataNotes.joined(separator: "\n") }
    return section
  }

  /// The most photos that are named.
  private static let named = 20

  /// A line for each thing that was found in the data, and photos that could not be used by name.
  private var dataNotes: [String] {
    let photos = leftOut.count { $0.dataset == "images" }
    let named = leftOut.prefix(Self.named).map {
      "  - \($0.dataset): \(Markdown.code($0.item)): \($0.reason)"
    }
    let rest = leftOut.count - named.count
    return notes.map { "- \($0.dataset): \(Markdown.plain($0.text))" }
      + (leftOut.isEmpty
        ? []
        : [
          "- \(Numbers.count(leftOut.count)) photos could not be used"
            + (photos > 0 ? "; others took the places of those that were to be learned from" : "")
        ]) + named + (rest > 0 ? ["  - and \(Numbers.count(rest)) more"] : [])
  }

  /// First, best and last value of each metric; every value for programs.
  private var metricsTable: ReportTable {
    var table = Table(columns: ["metric", "first", "least", "greatest", "last", "at step"])
    var data = DataTable(columns: ["run", "step", "metric", "value"])
    for name in Set(metrics.map(\.name)).sorted() {
      let values = metrics.filter { $0.name == name }
      let finite = values.map(\.value).filter(\.isFinite)
      guard let first = values.first, let last = values.last else { continue }
      table.append([
        name, MetricText.value(first.value), finite.min().map(MetricText.value) ?? "–",
        finite.max().map(MetricText.value) ?? "–", MetricText.value(last.value),
        Numbers.count(last.step),
      ])
      for value in values {
        data.append([
          .integer(Int(run.id)), .integer(value.step), .text(name), .number(value.value),
        ])
      }
    }
    return ReportTable(
      name: "training-\(run.id)", caption: "Metrics of training run \(run.id), \(run.name).",
      table: table, data: data)
  }

  /// The middle of the recorded speeds, images/s; `nil` when there is none.
  var speed: Double? {
    let speeds = metrics.filter { $0.name == "train/images_per_second" }.map(\.value)
      .filter(\.isFinite).sorted()
    return speeds.isEmpty ? nil : speeds[speeds.count / 2]
  }

  /// The phases of a stored configuration; `nil` when it is of another form.
  private static func phases(_ json: String) -> [TrainingPlots.Phase]? {
    struct Record: Decodable {
      struct Training: Decodable {
        struct Phase: Decodable {
          let name: String
          let steps: Int
        }
        let phases: [Phase]
      }
      let training: Training
    }
    guard let record = try? JSONDecoder().decode(Record.self, from: Data(json.utf8)) else {
      return nil
    }
    var start = 0
    return record.training.phases.map { phase in
      defer { start += phase.steps }
      return TrainingPlots.Phase(name: phase.name, start: start)
    }
  }
}
