import GRDB

/// Which part of a database is exported.
public enum ExportScope: Sendable, Equatable {
  case everything
  /// Runs of these ids, what they measured and the cells that they computed.
  case runs([Int64])
  /// The cells that an experiment shows, and the runs that have its name or computed such a cell.
  case experiment(String)
}

/// A table for other programs: its columns and where they come from.
///
/// A value that is not known is an empty field, e.g. what an imported prediction does not say. A metric
/// that is not finite is `nan`, `inf` or `-inf`.
public struct ExportTable: Sendable {
  /// Without the file's ending, e.g. `metrics`.
  public let name: String
  /// The columns' names and values, from the tables that `source` joins.
  private let fields: [(name: String, expression: String)]
  private let source: String
  private let order: String
  /// The run's id in `source`.
  private let run: String
  /// Whether a row belongs to the experiment `?`.
  private let isInExperiment: String
  private var condition: String?

  /// The columns' names, in the order of a row's fields.
  public var columns: [String] { fields.map(\.name) }

  /// Rows per file are in the order of their ids; steps, items and draws within ascend.
  public static let all = [runs, metrics, top1, predictions]

  /// One row per run; `versions`, `tags` and `configuration` are JSON objects.
  public static let runs = ExportTable(
    name: "runs",
    fields: [
      ("id", "r.id"), ("kind", "r.kind"), ("name", "r.name"), ("status", "r.status"),
      ("started_at", "r.started_at"), ("finished_at", "r.finished_at"), ("resumed", "r.resumed"),
      ("command", "r.command"), ("source_commit", "r.source_commit"), ("host", "r.host"),
      ("error", "r.error"), ("notes", "r.notes"),
      ("tags", "(SELECT json_group_object(t.name, t.value) FROM tags t WHERE t.run_id = r.id)"),
      ("versions", "r.versions"), ("configuration", "r.configuration"),
    ],
    source: "runs r", order: "r.id", run: "r.id", isInExperiment: runOfExperiment)

  /// One row per value.
  public static let metrics = ExportTable(
    name: "metrics",
    fields: [
      ("run_id", "m.run_id"), ("step", "m.step"), ("name", "m.name"),
      ("value", "COALESCE(m.value, 'nan')"),
      ("time", "m.time"), ("phase", "m.phase"),
    ],
    source: "metrics m JOIN runs r ON r.id = m.run_id", order: "m.run_id, m.name, m.step",
    run: "m.run_id", isInExperiment: runOfExperiment)

  /// The view `top1`: one row per finished cell and experiment that shows it.
  public static let top1 = ExportTable(
    name: "top1",
    fields: [
      "run_id", "experiment", "model", "dataset", "condition", "corrector", "draws", "correct",
      "total", "top1",
    ].map { ($0, "t.\($0)") },
    source: "top1 t",
    order: "t.experiment, t.dataset, t.model, t.condition, t.corrector, t.run_id", run: "t.run_id",
    isInExperiment: "t.experiment = ?")

  /// One row per image and draw of a finished cell and experiment that shows it, so that the rows
  /// with `label_rank` 0 are the `correct` of `top1`.
  public static let predictions = ExportTable(
    name: "predictions",
    fields: [
      ("evaluation_id", "e.id"), ("experiment", "c.experiment"), ("model", "e.model"),
      ("dataset", "c.dataset"), ("condition", "e.condition"), ("corrector", "e.corrector_sha256"),
      ("item", "i.name"), ("draw", "p.draw"), ("label", "i.label"), ("predicted", "p.predicted"),
      ("label_rank", "NULLIF(p.label_rank, \(Prediction.unknownRank))"),
      ("probability", "NULLIF(p.probability, \(Prediction.unknownProbability))"),
      ("label_probability", "NULLIF(p.label_probability, \(Prediction.unknownProbability))"),
    ],
    source: """
      experiment_cells c JOIN evaluations e ON e.id = c.evaluation_id
      JOIN prediction_rows p ON p.evaluation_id = e.id JOIN items i ON i.id = p.item_id
      """,
    order: "c.experiment, c.dataset, e.id, p.item_id, p.draw", run: "e.run_id",
    isInExperiment: "c.experiment = ?", condition: "e.status = 'finished'")

  private static let runOfExperiment = """
    (r.name = ?1 OR r.id IN (SELECT e.run_id FROM experiment_cells c
      JOIN evaluations e ON e.id = c.evaluation_id WHERE c.experiment = ?1))
    """

  /// The query of a scope; its only argument is the experiment's name, where there is one.
  func query(_ scope: ExportScope) -> String {
    var conditions = [condition].compactMap { $0 }
    switch scope {
    case .everything: break
    case .runs(let ids):
      conditions.append("\(run) IN (\(ids.map(String.init).joined(separator: ", ")))")
    case .experiment: conditions.append(isInExperiment)
    }
    let filter = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
    return
      "SELECT \(fields.map(\.expression).joined(separator: ", ")) FROM \(source)\(filter) ORDER BY \(order)"
  }
}
