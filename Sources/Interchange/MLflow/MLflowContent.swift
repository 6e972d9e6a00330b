import Foundation
import Support
import Tracking

/// How a run maps to MLflow.
enum MLflowContent {
  /// A value of a metric as MLflow tells them apart.
  struct Metric: Hashable, Sendable {
    let name: String
    let value: Double
    let step: Int
    /// Milliseconds since 1970.
    let time: Int

    init(name: String, value: Double, step: Int, time: Date) {
      self.name = MLflowLimits.name(name)
      self.value = value
      self.step = step
      self.time = MLflowContent.milliseconds(time)
    }

    /// Reads what the server has.
    init?(_ json: JSONValue) {
      guard let name = json["key"]?.plain, let value = Self.number(json["value"]),
        let time = Int(json["timestamp"]?.plain ?? "")
      else { return nil }
      (self.name, self.value, self.time) = (name, value, time)
      step = Int(json["step"]?.plain ?? "") ?? 0
    }

    var json: JSONValue {
      .object([
        "key": .text(name), "value": Self.json(value), "step": .integer(step),
        "timestamp": .integer(time),
      ])
    }

    /// What the server would have of it: its databases keep an infinite value as the largest number
    /// (`mlflow/store/tracking/sqlalchemy_store.py`), and NaN is equal to itself here.
    var stored: [String] {
      let greatest = Double.greatestFiniteMagnitude
      let value = value.isNaN ? "NaN" : "\(min(max(value, -greatest), greatest))"
      return [name, value, "\(step)", "\(time)"]
    }

    /// A number in the JSON form of protocol buffers, which has words for what is not finite
    /// (https://protobuf.dev/programming-guides/json).
    private static func json(_ value: Double) -> JSONValue {
      if value.isNaN { return .text("NaN") }
      if value.isInfinite { return .text(value < 0 ? "-Infinity" : "Infinity") }
      return .number(value)
    }

    private static func number(_ json: JSONValue?) -> Double? { json.flatMap { Double($0.plain) } }
  }

  /// The run's metrics over steps, finite or not, and top-1 of each cell in percent.
  static func metrics(of run: RunSnapshot) -> [Metric] {
    let values = run.metrics.map { timed in
      Metric(
        name: run.name(of: timed.metric), value: timed.metric.value, step: timed.metric.step,
        time: timed.time)
    }
    let cells = run.cells.compactMap { cell in
      cell.sums.top1.map {
        Metric(
          name: "top1/\(cell.name)", value: $0, step: 0, time: cell.record.finished ?? run.start)
      }
    }
    return values + cells
  }

  /// Notes on the metrics for the user, one line each.
  static func notes(on run: RunSnapshot) -> [String] {
    let values = run.metrics.map(\.metric)
    return MetricNotes.lines(
      values.filter(\.value.isNaN), of: run, "not a number; sent as NaN")
      + MetricNotes.lines(
        values.filter(\.value.isInfinite), of: run,
        "infinite; sent as such, which MLflow's databases keep as 1.8e308")
  }

  /// The configuration. MLflow never changes a parameter; ours of one run never change either.
  static func parameters(of run: RunSnapshot) -> [JSONValue] {
    var names: Set<String> = []
    return run.parameters.compactMap { name, value in
      let name = MLflowLimits.name(name)
      guard names.insert(name).inserted else { return nil }
      return tag(name, MLflowLimits.shortened(value, to: MLflowLimits.parameterValue))
    }
  }

  /// Versions, hashes, commit, host, the cells' counts, the run's own tags and its note.
  static func tags(of run: RunSnapshot) -> [JSONValue] {
    let record = run.record
    var tags = [
      "mlflow.source.name": record.command, "mlflow.source.type": "LOCAL",
      "mlflow.note.content": note(of: run), "realitygap.run_id": "\(record.id)",
      "realitygap.kind": record.kind.rawValue, "realitygap.status": record.status.rawValue,
      "realitygap.host": record.host, "realitygap.resumed": "\(record.resumed)",
    ]
    tags["mlflow.source.git.commit"] = record.sourceCommit
    tags["realitygap.error"] = record.error
    for (name, value) in run.versions { tags["realitygap.version.\(name)"] = value }
    for cell in run.cells {
      let evaluation = cell.record
      tags["realitygap.weights.\(evaluation.model)"] = evaluation.weightsSHA256
      tags["realitygap.dataset.\(evaluation.dataset)"] = evaluation.datasetFingerprint
      tags["realitygap.cell.\(cell.name)"] = description(of: cell)
    }
    for file in run.files { tags["realitygap.sha256.\(file.kind)/\(file.name)"] = file.sha256 }
    for (name, value) in run.tags { tags[name.hasPrefix("mlflow.") ? "tag.\(name)" : name] = value }
    return tags.sorted { $0.key < $1.key }.map { name, value in
      tag(
        MLflowLimits.name(name), MLflowLimits.shortened(value, to: MLflowLimits.tagValue))
    }
  }

  /// A cell's counts and what decided them.
  private static func description(of cell: SnapshotCell) -> String {
    let evaluation = cell.record
    var parts = [
      "\(cell.sums.correct) of \(cell.sums.predicted)", "\(evaluation.draws) draws",
      evaluation.engine, evaluation.precision,
    ]
    if let seed = evaluation.seed { parts.append("seed \(seed)") }
    if let distortion = evaluation.distortion { parts.append("distortion \(distortion)") }
    if let corrector = evaluation.correctorSHA256 { parts.append("corrector \(corrector)") }
    return parts.joined(separator: ", ")
  }

  /// The run's note, with a table of its cells.
  private static func note(of run: RunSnapshot) -> String {
    let rows = run.cells.compactMap { cell in
      cell.sums.top1.map {
        "| \(cell.name) | \(String(format: "%.2f", $0)) | \(cell.sums.correct) | "
          + "\(cell.sums.predicted) |"
      }
    }
    let table =
      rows.isEmpty
      ? ""
      : (["| cell | top-1 % | correct | of |", "|---|--:|--:|--:|"] + rows)
        .joined(separator: "\n")
    return [run.record.notes, table].filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// MLflow's word; a run that was interrupted is a killed one there.
  static func status(_ status: RunStatus) -> String {
    switch status {
    case .running: "RUNNING"
    case .finished: "FINISHED"
    case .failed: "FAILED"
    case .interrupted: "KILLED"
    }
  }

  static func tag(_ name: String, _ value: String) -> JSONValue {
    .object(["key": .text(name), "value": .text(value)])
  }

  static func time(_ date: Date) -> JSONValue { .integer(milliseconds(date)) }

  private static func milliseconds(_ date: Date) -> Int {
    Int((date.timeIntervalSince1970 * 1000).rounded())
  }
}
