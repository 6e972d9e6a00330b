import Foundation
import GRDB
import Support

/// One merge, within its transaction. `main` is the database that grows, `other` the one that is
/// read. Temporary tables map ids of `other` to ids of `main`.
struct Merge {
  let database: Database
  let path: String
  let other: String

  func run() throws -> MergeSummary {
    var summary = MergeSummary()
    for map in ["run_map", "item_map", "cell_map"] {
      try database.execute(
        sql: "CREATE TEMP TABLE \(map) (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL)")
    }
    summary.runs = try mergeRuns()
    summary.metrics = try mergeBelongings()
    try mergeFiles()
    try mergeReplay()
    summary.cells = try mergeCells()
    try refuseContradictions()
    (summary.predictions, summary.failures) = try mergeResults()
    try finishCells()
    try database.execute(sql: "DROP TABLE run_map; DROP TABLE item_map; DROP TABLE cell_map")
    return summary
  }

  /// Copies rows of `other` (`o`), all columns but `id`, which is given anew.
  ///
  /// - Parameters:
  ///   - replaced: what stands in place of a column's value, in SQL.
  ///   - conflict: what happens to a row that is there already, in SQL.
  ///   - rest: of the query, behind the table: joins, conditions and order.
  private func copy(
    _ table: String, replacing replaced: [String: String] = [:], or conflict: String = "ABORT",
    _ rest: String = ""
  ) throws {
    let columns = try database.columns(in: table, in: "main").map(\.name).filter { $0 != "id" }
    let values = columns.map { replaced[$0] ?? "o.\($0)" }
    try database.execute(
      sql: """
        INSERT OR \(conflict) INTO main.\(table) (\(columns.joined(separator: ", ")))
        SELECT \(values.joined(separator: ", ")) FROM other.\(table) o \(rest)
        """)
  }

  /// How far a run is, to be compared as text: continued how often, ended how, when.
  private func progress(_ table: String) -> String {
    """
    printf('%09d %d %s', \(table).resumed, \(table).status IN ('failed', 'finished'),
      COALESCE(\(table).finished_at, ''))
    """
  }

  /// - Returns: how many are new or were brought up to date.
  private func mergeRuns() throws -> Int {
    let same = """
      o.kind = m.kind AND o.name = m.name AND o.started_at = m.started_at
        AND o.configuration = m.configuration AND o.command = m.command
      """
    let status = "CASE o.status WHEN 'running' THEN 'interrupted' ELSE o.status END"
    try database.execute(
      sql: """
        UPDATE main.runs AS m SET status = \(status), finished_at = o.finished_at,
          resumed = o.resumed, host = o.host, pid = o.pid, process_start = o.process_start,
          pid_namespace = o.pid_namespace, heartbeat_at = o.heartbeat_at, error = o.error
        FROM other.runs o WHERE \(same) AND m.status <> 'running'
          AND \(progress("o")) > \(progress("m"))
        """)
    var count = database.changesCount
    try database.execute(
      sql: """
        UPDATE main.runs AS m SET notes = o.notes FROM other.runs o
        WHERE \(same) AND m.notes = '' AND o.notes <> ''
        """)
    try copy(
      "runs", replacing: ["status": status],
      "WHERE NOT EXISTS (SELECT 1 FROM main.runs m WHERE \(same)) ORDER BY o.id")
    count += database.changesCount
    try database.execute(
      sql: """
        INSERT OR REPLACE INTO run_map
        SELECT o.id, m.id FROM other.runs o JOIN main.runs m ON \(same)
        """)
    return count
  }

  /// Metrics, artifacts, tags, and what runs found in their data.
  ///
  /// - Returns: how many metrics are new.
  private func mergeBelongings() throws -> Int {
    func copyOfRuns(_ table: String, _ order: String = "") throws {
      try copy(
        table, replacing: ["run_id": "r.ours"], or: "IGNORE",
        "JOIN run_map r ON r.theirs = o.run_id \(order)")
    }
    try copyOfRuns("metrics")
    let count = database.changesCount
    try copyOfRuns("artifacts", "ORDER BY o.id")
    for table in ["tags", "data_notes", "left_out_photos"] { try copyOfRuns(table) }
    return count
  }

  /// Weights, datasets and items.
  private func mergeFiles() throws {
    for table in ["weights", "class_lists"] { try copy(table, or: "IGNORE") }
    let last = try Int64.fetchOne(database, sql: "SELECT MAX(id) FROM main.datasets") ?? 0
    try copy(
      "datasets",
      "WHERE o.fingerprint NOT IN (SELECT fingerprint FROM main.datasets) ORDER BY o.id")
    try copy(
      "items", replacing: ["dataset_id": "m.id"],
      """
      JOIN other.datasets d ON d.id = o.dataset_id
      JOIN main.datasets m ON m.fingerprint = d.fingerprint AND m.id > \(last)
      ORDER BY m.id, o.id
      """)
    try database.execute(
      sql: """
        INSERT INTO item_map
        SELECT oi.id, mi.id FROM other.items oi JOIN other.datasets od ON od.id = oi.dataset_id
        JOIN main.datasets md ON md.fingerprint = od.fingerprint
        JOIN main.items mi ON mi.dataset_id = md.id AND mi.name = oi.name AND mi.label = oi.label
        """)
    let stranger = try String.fetchOne(
      database,
      sql: """
        SELECT d.name || ', ' || i.name FROM other.items i
        JOIN other.datasets d ON d.id = i.dataset_id
        WHERE i.id NOT IN (SELECT theirs FROM item_map) ORDER BY i.id LIMIT 1
        """)
    if let stranger {
      throw UserError(
        "\(other): \(stranger): \(path) has the same dataset without this image or with a "
          + "different label", remedy: "run `realitygap database check` on both")
    }
  }

  /// What it takes to make pixels again: definitions of distortions, and digests of images.
  private func mergeReplay() throws {
    let distortion = try String.fetchOne(
      database,
      sql: """
        SELECT o.identity FROM other.distortions o JOIN main.distortions m
          ON m.identity = o.identity AND m.definition <> o.definition LIMIT 1
        """)
    let image = try String.fetchOne(
      database,
      sql: """
        SELECT m.name FROM other.items o JOIN item_map t ON t.theirs = o.id
        JOIN main.items m ON m.id = t.ours AND m.sha256 <> o.sha256 ORDER BY m.id LIMIT 1
        """)
    if let stranger = distortion.map({ "the distortion \($0)" }) ?? image {
      throw UserError(
        "\(other): \(stranger) differs from the one in \(path)", remedy: "nothing was merged")
    }
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO main.distortions SELECT identity, definition FROM other.distortions;
        UPDATE main.items AS m SET content = COALESCE(m.content, o.content),
          sha256 = COALESCE(m.sha256, o.sha256)
        FROM other.items o JOIN item_map t ON t.theirs = o.id
        WHERE m.id = t.ours AND (m.content IS NULL OR m.sha256 IS NULL);
        """)
  }

  /// - Returns: how many cells are new.
  private func mergeCells() throws -> Int {
    try copy(
      "evaluations",
      replacing: [
        "run_id": "r.ours", "dataset_id": "md.id", "corrector_run_id": "c.ours",
        "status": "'unfinished'", "finished_at": "NULL",
      ],
      """
      JOIN run_map r ON r.theirs = o.run_id
      JOIN other.datasets od ON od.id = o.dataset_id
      JOIN main.datasets md ON md.fingerprint = od.fingerprint
      LEFT JOIN run_map c ON c.theirs = o.corrector_run_id
      WHERE o.cell_key NOT IN (SELECT cell_key FROM main.evaluations) ORDER BY o.id
      """)
    let count = database.changesCount
    try database.execute(
      sql: """
        INSERT INTO cell_map
        SELECT o.id, m.id FROM other.evaluations o
        JOIN main.evaluations m ON m.cell_key = o.cell_key;
        """)
    try copy(
      "experiment_cells", replacing: ["evaluation_id": "c.ours"],
      """
      JOIN cell_map c ON c.theirs = o.evaluation_id WHERE TRUE
      ON CONFLICT (experiment, dataset, evaluation_id) DO UPDATE
        SET used_at = excluded.used_at WHERE excluded.used_at > used_at
      """)
    return count
  }

  /// - Throws: `UserError` naming the first prediction that both databases have differently.
  private func refuseContradictions() throws {
    let row = try Row.fetchOne(
      database,
      sql: """
        SELECT e.model, e.condition, i.name, o.draw, m.predicted, m.probability,
          o.predicted AS their_class, o.probability AS their_probability
        FROM other.prediction_rows o
        JOIN cell_map c ON c.theirs = o.evaluation_id JOIN item_map t ON t.theirs = o.item_id
        JOIN main.prediction_rows m
          ON m.evaluation_id = c.ours AND m.item_id = t.ours AND m.draw = o.draw
        JOIN main.evaluations e ON e.id = c.ours JOIN main.items i ON i.id = t.ours
        WHERE o.predicted <> m.predicted OR o.label_rank <> m.label_rank
          OR ABS(o.probability - m.probability) > 1e-3
          OR ABS(o.label_probability - m.label_probability) > 1e-3
        ORDER BY c.ours, t.ours, o.draw LIMIT 1
        """)
    guard let row else { return }
    let (model, condition, item): (String, String, String) = try (
      row.value(0), row.value(1), row.value(2)
    )
    let draw: Int = try row.value(3)
    func text(_ label: String, _ probability: String) throws -> String {
      "class \(try row.value(label) as Int) with \(try row.value(probability) as Double)"
    }
    throw UserError(
      "\(other): \(model), \(condition), \(item), draw \(draw): "
        + "\(try text("their_class", "their_probability")) there, "
        + "\(try text("predicted", "probability")) "
        + "in \(path)",
      remedy: "nothing was merged; delete the run that is wrong")
  }

  /// - Returns: how many predictions and failures are new.
  private func mergeResults() throws -> (predictions: Int, failures: Int) {
    let ids = ["evaluation_id": "c.ours", "item_id": "t.ours"]
    let both = """
      JOIN cell_map c ON c.theirs = o.evaluation_id JOIN item_map t ON t.theirs = o.item_id
      """
    try copy("prediction_rows", replacing: ids, or: "IGNORE", both)
    let predictions = database.changesCount
    try copy(
      "failed_items", replacing: ids, or: "IGNORE",
      """
      \(both) WHERE NOT EXISTS (SELECT 1 FROM main.prediction_rows p
        WHERE p.evaluation_id = c.ours AND p.item_id = t.ours AND p.draw = o.draw)
      """)
    let failures = database.changesCount
    try database.execute(
      sql: """
        DELETE FROM main.failed_items AS f
        WHERE f.evaluation_id IN (SELECT ours FROM cell_map) AND EXISTS
          (SELECT 1 FROM main.prediction_rows p WHERE p.evaluation_id = f.evaluation_id
            AND p.item_id = f.item_id AND p.draw = f.draw)
        """)
    return (predictions, failures)
  }

  /// A cell is finished when all its results are there, from whichever database. Its time is that of
  /// the database that had finished it.
  private func finishCells() throws {
    try database.execute(
      sql: """
        UPDATE main.evaluations AS e SET status = 'finished', finished_at = COALESCE(
          (SELECT o.finished_at FROM other.evaluations o JOIN cell_map c ON c.theirs = o.id
            WHERE c.ours = e.id), ?)
        WHERE e.status = 'unfinished' AND e.id IN (SELECT ours FROM cell_map) AND e.expected =
          (SELECT COUNT(*) FROM main.prediction_rows p WHERE p.evaluation_id = e.id)
          + (SELECT COUNT(*) FROM main.failed_items f WHERE f.evaluation_id = e.id)
        """,
      arguments: [Clock.now()])
  }
}
