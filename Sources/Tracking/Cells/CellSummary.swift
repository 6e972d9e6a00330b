import GRDB
import Support

/// A cell with its progress, whichever experiment shows it.
public struct CellSummary: Sendable, Equatable {
  /// Its row in `evaluations`.
  public let evaluation: Int64
  /// The run that owns it: the one that computed it or continues it.
  public let run: Int64
  /// SHA-256, see `CellIdentity.key()`.
  public let key: String
  /// What decides its predictions.
  public let identity: CellIdentity
  /// The name under which its dataset was last shown.
  public let dataset: String
  /// Predictions when nothing fails: images times draws.
  public let expected: Int
  /// Draws whose top-1 is right.
  public let correct: Int
  /// Draws that were predicted.
  public let predicted: Int
  /// Draws of images that could not be used.
  public let failed: Int
  /// Whether every draw has a result.
  public let isFinished: Bool

  /// Percent; `nil` when there is no prediction.
  public var top1: Double? {
    predicted > 0 ? 100 * Double(correct) / Double(predicted) : nil
  }

  /// E.g. `squeezenet1_1 on sample, distorted`.
  public var name: String { "\(identity.model) on \(dataset), \(identity.condition)" }
}

extension CellSummary {
  /// `where` speaks of `e`, a row of `evaluations`.
  static func fetch(
    _ database: Database, where condition: String = "TRUE", _ arguments: StatementArguments = []
  ) throws -> [CellSummary] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT e.*, d.fingerprint,
          COALESCE((SELECT c.dataset FROM experiment_cells c WHERE c.evaluation_id = e.id
            ORDER BY c.used_at DESC LIMIT 1), d.name) AS dataset,
          (SELECT COUNT(*) FROM prediction_rows p WHERE p.evaluation_id = e.id) AS predicted,
          (SELECT COUNT(*) FROM prediction_rows p WHERE p.evaluation_id = e.id
            AND p.label_rank = 0) AS correct,
          (SELECT COUNT(*) FROM failed_items f WHERE f.evaluation_id = e.id) AS failed
        FROM evaluations e JOIN datasets d ON d.id = e.dataset_id
        WHERE \(condition) ORDER BY e.id
        """,
      arguments: arguments
    ).map { try CellSummary($0) }
  }

  private init(_ row: Row) throws {
    let status: String = try row.value("status")
    self.init(
      evaluation: try row.value("id"), run: try row.value("run_id"), key: try row.value("cell_key"),
      identity: try CellIdentity(evaluation: row), dataset: try row.value("dataset"),
      expected: try row.value("expected"),
      correct: try row.value("correct"), predicted: try row.value("predicted"),
      failed: try row.value("failed"),
      isFinished: status == "finished")
  }
}

extension CellIdentity {
  /// The identity that a row of `evaluations` with its dataset's `fingerprint` was stored for.
  ///
  /// - Throws: `UserError` for a condition or view that is none.
  init(evaluation row: Row) throws {
    let seed: Int64? = try row.value("seed")
    guard let condition = Condition(rawValue: try row.value("condition")),
      let view = ImageView(rawValue: try row.value("view"))
    else {
      throw UserError(
        "cell \(try row.value("id") as Int64): \(try row.value("condition") as String) of "
          + "\(try row.value("view") as String) is no "
          + "condition", remedy: "restore a backup of the database")
    }
    self.init(
      model: try row.value("model"), weights: try row.value("weights_sha256"),
      dataset: try row.value("fingerprint"),
      condition: condition, view: view, distortion: try row.value("distortion"),
      corrector: try row.value("corrector_sha256"), seed: seed.map(UInt64.init(bitPattern:)),
      draws: try row.value("draws"), engine: try row.value("engine"),
      precision: try row.value("precision"))
  }
}

extension Store {
  /// Cells with their counts, by id: all, or those that a run owns.
  public func cells(run id: Int64? = nil) throws -> [CellSummary] {
    try read { database in
      guard let id else { return try CellSummary.fetch(database) }
      return try CellSummary.fetch(database, where: "e.run_id = ?", [id])
    }
  }
}
