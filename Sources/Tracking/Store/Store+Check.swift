import GRDB

/// What the database holds, in numbers.
public struct StoreSize: Sendable, Equatable {
  /// Runs of any kind and status.
  public let runs: Int
  /// Cells, finished or not.
  public let cells: Int
  /// Predicted (image, draw) of all cells.
  public let predictions: Int
  /// Failed (image, draw) of all cells.
  public let failures: Int
}

/// What `Store.check()` found.
public struct StoreCheck: Sendable, Equatable {
  /// How much was examined.
  public let size: StoreSize
  /// One line per problem; empty if there are none.
  public let problems: [String]
}

extension Store {
  /// Examines the whole file as of one moment: SQLite's own structures, references between tables,
  /// and what must be true of cells and predictions.
  ///
  /// - Throws: `UserError` when the file is too damaged to be examined.
  public func check() throws -> StoreCheck {
    try read { database in
      var problems = try Self.integrityProblems(database)
      problems += try Self.referenceProblems(database)
      problems += try Self.cellProblems(database)
      problems += try Self.invariants.flatMap { try $0.problems(database) }
      func count(_ table: String) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \(table)") ?? 0
      }
      return StoreCheck(
        size: StoreSize(
          runs: try count("runs"), cells: try count("evaluations"),
          predictions: try count("prediction_rows"), failures: try count("failed_items")),
        problems: problems)
    }
  }

  private static func integrityProblems(_ database: Database) throws -> [String] {
    try String.fetchAll(database, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
      .map { "integrity: \($0)" }
  }

  private static func referenceProblems(_ database: Database) throws -> [String] {
    let rows = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check")
    let kinds = try Dictionary(grouping: rows) { row in
      "\(try row.value("table") as String): rows whose row of "
        + "\(try row.value("parent") as String) is missing"
    }
    return kinds.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.count)" }
  }

  /// What is counted and computed cell by cell.
  private static func cellProblems(_ database: Database) throws -> [String] {
    let images = try Dictionary(
      Row.fetchAll(
        database, sql: "SELECT fingerprint, item_count FROM datasets"
      ).map { try ($0.value(0) as String, $0.value(1) as Int) }, uniquingKeysWith: { $1 })
    return try CellSummary.fetch(database).flatMap { cell -> [String] in
      let name = "cell \(cell.evaluation) (\(cell.name))"
      let found = cell.predicted + cell.failed
      var problems: [String] = []
      if cell.isFinished, found != cell.expected {
        problems.append(
          "\(name): finished with \(cell.predicted) predictions and \(cell.failed) failures, not "
            + "\(cell.expected) in total")
      } else if found > cell.expected {
        problems.append("\(name): \(found) results where \(cell.expected) are expected")
      }
      if let images = images[cell.identity.dataset],
        images.multipliedReportingOverflow(by: cell.identity.draws) != (cell.expected, false)
      {
        problems.append(
          "\(name): expects \(cell.expected) results of \(images) images and "
            + "\(cell.identity.draws) draws")
      }
      if try cell.identity.key() != cell.key {
        problems.append("\(name): its columns do not match its key")
      }
      return problems
    }
  }

  /// A query whose rows should not be: how many there are, and the first in words.
  private struct Invariant {
    let rule: String
    /// Selects a text that names a bad row.
    let sql: String

    func problems(_ database: Database) throws -> [String] {
      let rows = try String.fetchCursor(database, sql: sql)
      guard let first = try rows.next() else { return [] }
      var count = 1
      while try rows.next() != nil { count += 1 }
      return ["\(rule): \(first)" + (count > 1 ? " and \(count - 1) more" : "")]
    }
  }

  /// Names a row of predictions or failures (`p`) by cell, item and draw.
  private static let address =
    "'cell ' || p.evaluation_id || ', item ' || p.item_id || ', draw ' || p.draw"

  /// Whether the cell of a prediction (`p`) was imported: what such a file does not say is unknown.
  private static let isImported = """
    (SELECT e.engine FROM evaluations e WHERE e.id = p.evaluation_id)
      = '\(CellIdentity.importedEngine)'
    """

  /// How many classes a dataset (`d`) has.
  private static let classCount = """
    CASE WHEN d.class_list IS NULL THEN 1000
      ELSE (SELECT json_array_length(c.ids) FROM class_lists c WHERE c.digest = d.class_list) END
    """

  /// Selects results whose image or draw is none of their cell's.
  private static func strangers(in table: String) -> String {
    """
    SELECT \(address) FROM \(table) p
    JOIN evaluations e ON e.id = p.evaluation_id JOIN items i ON i.id = p.item_id
    WHERE i.dataset_id <> e.dataset_id OR p.draw NOT BETWEEN 0 AND e.draws - 1
    """
  }

  private static let invariants: [Invariant] = [
    Invariant(
      rule: "cell that no experiment shows",
      sql: """
        SELECT 'cell ' || e.id FROM evaluations e WHERE NOT EXISTS
          (SELECT 1 FROM experiment_cells c WHERE c.evaluation_id = e.id)
        """),
    Invariant(
      rule: "class or rank beyond the last class",
      sql: """
        WITH limits AS MATERIALIZED (
          SELECT e.id, \(classCount) - 1 AS last
          FROM evaluations e JOIN datasets d ON d.id = e.dataset_id)
        SELECT \(address) FROM prediction_rows p JOIN limits l ON l.id = p.evaluation_id
        WHERE p.predicted NOT BETWEEN 0 AND l.last OR p.label_rank NOT BETWEEN 0 AND l.last
          AND NOT (p.label_rank = \(Prediction.unknownRank) AND \(isImported))
        """),
    // Probabilities are sums of rounded numbers.
    Invariant(
      rule: "probability outside 0…1 or below the label's",
      sql: """
        SELECT \(address) FROM prediction_rows p
        WHERE (p.probability NOT BETWEEN 0 AND 1 + 1e-9
            OR p.label_probability NOT BETWEEN 0 AND p.probability + 1e-9)
          AND NOT (\(Prediction.unknownProbability) IN (p.probability, p.label_probability)
            AND \(isImported))
        """),
    Invariant(
      rule: "rank 0 and the right class disagree",
      sql: """
        SELECT \(address) FROM prediction_rows p JOIN items i ON i.id = p.item_id
        WHERE (p.label_rank = 0) <> (p.predicted = i.label OR i.also_right IS NOT NULL
          AND EXISTS (SELECT 1 FROM json_each(i.also_right) WHERE value = p.predicted))
        """),
    Invariant(
      rule: "prediction for an image of another dataset, or for a draw the cell does not have",
      sql: strangers(in: "prediction_rows")),
    Invariant(
      rule: "failure of an image of another dataset, or of a draw the cell does not have",
      sql: strangers(in: "failed_items")),
    Invariant(
      rule: "both predicted and failed",
      sql: """
        SELECT \(address) FROM failed_items p JOIN prediction_rows q
          ON q.evaluation_id = p.evaluation_id AND q.item_id = p.item_id AND q.draw = p.draw
        """),
    Invariant(
      rule: "dataset whose item count is wrong",
      sql: """
        SELECT 'dataset ' || d.name FROM datasets d
        WHERE d.item_count <> (SELECT COUNT(*) FROM items i WHERE i.dataset_id = d.id)
        """),
    Invariant(
      rule: "label beyond the last class",
      sql: """
        WITH limits AS MATERIALIZED (SELECT d.id, \(classCount) - 1 AS last FROM datasets d)
        SELECT 'item ' || i.name FROM items i JOIN limits l ON l.id = i.dataset_id
        WHERE i.label NOT BETWEEN 0 AND l.last OR i.also_right IS NOT NULL AND EXISTS
          (SELECT 1 FROM json_each(i.also_right) WHERE value NOT BETWEEN 0 AND l.last)
        """),
    Invariant(
      rule: "dataset whose list of classes is missing",
      sql: """
        SELECT 'dataset ' || d.name FROM datasets d WHERE d.class_list IS NOT NULL
          AND d.class_list NOT IN (SELECT digest FROM class_lists)
        """),
    Invariant(
      rule: "finished run without its time",
      sql: "SELECT 'run ' || id FROM runs WHERE status = 'finished' AND finished_at IS NULL"),
  ]
}
