import Foundation
import GRDB
import Support

/// The result of a merge.
public struct MergeSummary: Sendable, Equatable {
  public internal(set) var runs = 0
  public internal(set) var cells = 0
  public internal(set) var predictions = 0
  public internal(set) var failures = 0
  public internal(set) var metrics = 0

  /// Whether the database had all of it.
  public var isEmpty: Bool { self == MergeSummary() }
}

extension Store {
  /// Joins another database's runs, metrics, artifacts, tags, weights, datasets, evaluations and
  /// predictions into this one, with new ids, in one transaction: all of it or nothing.
  ///
  /// - A run is known by kind, name, configuration, command and start. A known one is brought up to
  ///   date when the other database saw more of it; one that runs there counts as interrupted here,
  ///   as no process continues it in this file.
  /// - A cell is known by its key. Its predictions are joined row by row, so that shards of a cell
  ///   become the whole of it; a prediction takes the place of a failure. Rows that both have must
  ///   agree in class and rank, and in probability to 0.001 (rounding differs between batch sizes).
  /// - Merged twice, nothing changes.
  ///
  /// The other file is opened like any database (an older schema is brought up to date) and its
  /// rows are only read. Where it may not be written to, a copy in a temporary folder is.
  ///
  /// - Throws: `UserError` when there is no such database, it is this one, or a row contradicts.
  public func merge(from other: String) throws -> MergeSummary {
    // Brings it up to date; its rows are read through a connection of ours.
    let source = try Store(path: other, options: Options(mustExist: true, access: .read))
    guard try Self.file(other) != Self.file(path) else {
      throw UserError("\(other): is the database itself", remedy: "give another one")
    }
    guard Self.isWritable(other) else {
      return try TemporaryFolder.with { folder in
        let copy = "\(folder)/other.sqlite"
        try source.backup(to: copy)
        return try merge(from: other, at: copy)
      }
    }
    return try merge(from: other, at: other)
  }

  /// - Parameters:
  ///   - other: the file's name in messages.
  ///   - place: where its rows are read.
  private func merge(from other: String, at place: String) throws -> MergeSummary {
    try exclusively { database in
      try database.execute(sql: "ATTACH DATABASE ? AS other", arguments: [place])
      defer { try? database.execute(sql: "DETACH DATABASE other") }
      var summary = MergeSummary()
      try database.inTransaction(.immediate) {
        summary = try Merge(database: database, path: path, other: other).run()
        return .commit
      }
      return summary
    }
  }

  /// Device and number of a file, whatever it is called.
  private static func file(_ path: String) throws -> [UInt64] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw UserError("\(path): cannot be read") }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }
}

/// One merge, within its transaction. `main` is the database that grows, `other` the one that is
/// read. Temporary tables map ids of `other` to ids of `main`.
private struct Merge {
  let database: Database
  let path: String
  let other: String

  func run() throws -> MergeSummary {
    var summary = MergeSummary()
    try database.execute(
      sql: """
        CREATE TEMP TABLE run_map (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL);
        CREATE TEMP TABLE item_map (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL);
        CREATE TEMP TABLE cell_map (theirs INTEGER PRIMARY KEY, ours INTEGER NOT NULL);
        """)
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
    try database.execute(
      sql: """
        INSERT INTO main.runs (kind, name, status, started_at, finished_at, resumed, configuration,
          command, versions, source_commit, host, pid, process_start, pid_namespace, heartbeat_at,
          error, notes)
        SELECT o.kind, o.name, \(status), o.started_at, o.finished_at, o.resumed, o.configuration,
          o.command, o.versions, o.source_commit, o.host, o.pid, o.process_start, o.pid_namespace,
          o.heartbeat_at, o.error, o.notes
        FROM other.runs o WHERE NOT EXISTS (SELECT 1 FROM main.runs m WHERE \(same))
        ORDER BY o.id
        """)
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
    // A file of an earlier version that cannot be changed has no phases.
    let hasPhase = try database.columns(in: "metrics", in: "other").contains { $0.name == "phase" }
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO main.metrics (run_id, step, name, value, time, phase)
        SELECT r.ours, o.step, o.name, o.value, o.time, \(hasPhase ? "o.phase" : "NULL")
        FROM other.metrics o JOIN run_map r ON r.theirs = o.run_id
        """)
    let count = database.changesCount
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO main.artifacts (run_id, path, kind, sha256, created_at)
        SELECT r.ours, o.path, o.kind, o.sha256, o.created_at
        FROM other.artifacts o JOIN run_map r ON r.theirs = o.run_id ORDER BY o.id;
        INSERT OR IGNORE INTO main.tags (run_id, name, value)
        SELECT r.ours, o.name, o.value FROM other.tags o JOIN run_map r ON r.theirs = o.run_id;
        INSERT OR IGNORE INTO main.data_notes (run_id, dataset, position, note)
        SELECT r.ours, o.dataset, o.position, o.note
        FROM other.data_notes o JOIN run_map r ON r.theirs = o.run_id;
        INSERT OR IGNORE INTO main.left_out_photos (run_id, dataset, item, reason)
        SELECT r.ours, o.dataset, o.item, o.reason
        FROM other.left_out_photos o JOIN run_map r ON r.theirs = o.run_id;
        """)
    return count
  }

  /// Weights, datasets and items.
  private func mergeFiles() throws {
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO main.weights (sha256, architecture, path, source)
        SELECT sha256, architecture, path, source FROM other.weights
        """)
    let new = try String.fetchAll(
      database,
      sql: """
        SELECT fingerprint FROM other.datasets
        WHERE fingerprint NOT IN (SELECT fingerprint FROM main.datasets) ORDER BY id
        """)
    for fingerprint in new {
      try database.execute(
        sql: """
          INSERT INTO main.datasets (fingerprint, name, kind, path, item_count)
          SELECT fingerprint, name, kind, path, item_count FROM other.datasets
          WHERE fingerprint = ?
          """,
        arguments: [fingerprint])
      let id = database.lastInsertedRowID
      try database.execute(
        sql: """
          INSERT INTO main.items (dataset_id, name, label, content, sha256)
          SELECT ?, o.name, o.label, o.content, o.sha256
          FROM other.items o JOIN other.datasets d ON d.id = o.dataset_id
          WHERE d.fingerprint = ? ORDER BY o.id
          """,
        arguments: [id, fingerprint])
    }
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
    try database.execute(
      sql: """
        INSERT INTO main.evaluations (cell_key, run_id, experiment, experiment_sha256, model,
          weights_sha256, dataset_id, condition, view, distortion, corrector_sha256, corrector_path,
          corrector_run_id, seed, draws, item_limit, expected, engine, engine_version, precision,
          threads, status, started_at, finished_at)
        SELECT o.cell_key, r.ours, o.experiment, o.experiment_sha256, o.model, o.weights_sha256,
          md.id, o.condition, o.view, o.distortion, o.corrector_sha256, o.corrector_path, c.ours,
          o.seed, o.draws, o.item_limit, o.expected, o.engine, o.engine_version, o.precision,
          o.threads, 'unfinished', o.started_at, NULL
        FROM other.evaluations o JOIN run_map r ON r.theirs = o.run_id
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
        INSERT INTO main.experiment_cells (experiment, dataset, evaluation_id, used_at)
        SELECT o.experiment, o.dataset, c.ours, o.used_at
        FROM other.experiment_cells o JOIN cell_map c ON c.theirs = o.evaluation_id WHERE TRUE
        ON CONFLICT (experiment, dataset, evaluation_id) DO UPDATE
          SET used_at = excluded.used_at WHERE excluded.used_at > used_at;
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
    let (model, condition, item): (String, String, String) = (row[0], row[1], row[2])
    let draw: Int = row[3]
    func text(_ label: String, _ probability: String) -> String {
      "class \(row[label] as Int) with \(row[probability] as Double)"
    }
    throw UserError(
      "\(other): \(model), \(condition), \(item), draw \(draw): "
        + "\(text("their_class", "their_probability")) there, \(text("predicted", "probability")) "
        + "in \(path)",
      remedy: "nothing was merged; delete the run that is wrong")
  }

  /// - Returns: how many predictions and failures are new.
  private func mergeResults() throws -> (predictions: Int, failures: Int) {
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO main.prediction_rows (evaluation_id, item_id, draw, predicted,
          label_rank, probability, label_probability)
        SELECT c.ours, t.ours, o.draw, o.predicted, o.label_rank, o.probability,
          o.label_probability
        FROM other.prediction_rows o
        JOIN cell_map c ON c.theirs = o.evaluation_id JOIN item_map t ON t.theirs = o.item_id
        """)
    let predictions = database.changesCount
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO main.failed_items (evaluation_id, item_id, draw, reason)
        SELECT c.ours, t.ours, o.draw, o.reason
        FROM other.failed_items o
        JOIN cell_map c ON c.theirs = o.evaluation_id JOIN item_map t ON t.theirs = o.item_id
        WHERE NOT EXISTS (SELECT 1 FROM main.prediction_rows p WHERE p.evaluation_id = c.ours
          AND p.item_id = t.ours AND p.draw = o.draw)
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
