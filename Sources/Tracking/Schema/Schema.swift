import GRDB
import Support

/// The tables, as migrations that are only ever added to: a file of any earlier version is brought
/// up to date when it is opened, and one of a later version is refused.
enum Schema {
  /// Marks a file as ours (`PRAGMA application_id`): "RGap" in ASCII.
  static let applicationID: Int32 = 0x5247_6170

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: runs + evaluations + predictions + views)
    }
    migrator.registerMigration("replay", foreignKeyChecks: .immediate) {
      try $0.execute(sql: replay)
    }
    migrator.registerMigration("left out") { database in
      try database.execute(sql: leftOut)
    }
    migrator.registerMigration("2") { database in
      try database.execute(sql: signsOfLife)
    }
    // The training phase that a value belongs to; NULL when unknown.
    migrator.registerMigration("metrics have a phase", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: "ALTER TABLE metrics ADD COLUMN phase TEXT")
      try nameKnownPhases(database)
    }
    migrator.registerMigration("lists of classes", foreignKeyChecks: .immediate) {
      try $0.execute(sql: listsOfClasses)
    }
    return migrator
  }

  /// What a run found in its data: `dataset` is the experiment's name, or `images` and `validation` of
  /// a training run. Photos that an evaluation could not use are in `failed_items`.
  private static let leftOut = """
    CREATE TABLE data_notes (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      dataset TEXT NOT NULL,
      position INTEGER NOT NULL,
      note TEXT NOT NULL,
      PRIMARY KEY (run_id, dataset, position)
    ) WITHOUT ROWID;
    CREATE TABLE left_out_photos (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      dataset TEXT NOT NULL,
      item TEXT NOT NULL,
      reason TEXT NOT NULL,
      PRIMARY KEY (run_id, dataset, item)
    ) WITHOUT ROWID;
    """

  /// Of `runs`, in version 1.
  private static let columnsOfVersion1 = """
    id, kind, name, status, started_at, finished_at, resumed, configuration, command, versions,
    source_commit, host, pid, process_start, error, notes
    """

  /// Classes that are not ImageNet's: `ids` is a JSON list in the order of the indices. `also_right` is a
  /// JSON list of classes that are right for an image beside its label. Both are NULL in most sets. The
  /// rank of an imported prediction that does not say it was 1000, which is a rank where there are more
  /// classes.
  private static let listsOfClasses = """
    CREATE TABLE class_lists (
      digest TEXT PRIMARY KEY,
      ids TEXT NOT NULL CHECK (json_valid(ids))
    ) WITHOUT ROWID;
    ALTER TABLE datasets ADD COLUMN class_list TEXT REFERENCES class_lists (digest);
    ALTER TABLE items ADD COLUMN also_right TEXT;
    UPDATE prediction_rows SET label_rank = 1000000 WHERE label_rank = 1000
      AND evaluation_id IN (SELECT id FROM evaluations WHERE engine = 'imported');
    """

  /// - Parameter added: columns of later versions, each with its comma, line break and indentation.
  private static func tableOfRuns(
    _ name: String, _ kinds: [RunKind], _ added: String = ""
  ) -> String {
    """
    CREATE TABLE \(name) (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL \(check("kind", kinds)),
      name TEXT NOT NULL,
      status TEXT NOT NULL \(check("status", RunStatus.version1)),
      started_at TEXT NOT NULL,
      finished_at TEXT,
      resumed INTEGER NOT NULL DEFAULT 0,
      configuration TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(configuration)),
      command TEXT NOT NULL DEFAULT '',
      versions TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(versions)),
      source_commit TEXT,
      host TEXT NOT NULL,
      pid INTEGER NOT NULL,
      process_start TEXT,
      \(added)error TEXT,
      notes TEXT NOT NULL DEFAULT ''
    );
    """
  }

  /// Version 2: runs say in which PID namespace their process is and when it last gave a sign of
  /// life; a run may be of the kind `agreement`. A CHECK cannot be changed, so the table is made
  /// again (foreign keys are off meanwhile); ids of deleted runs stay taken.
  private static let signsOfLife = """
    \(tableOfRuns("new_runs", RunKind.version2, "pid_namespace TEXT,\n  heartbeat_at TEXT,\n  "))
    INSERT INTO new_runs (\(columnsOfVersion1)) SELECT \(columnsOfVersion1) FROM runs;
    DELETE FROM sqlite_sequence WHERE name = 'new_runs';
    INSERT INTO sqlite_sequence (name, seq)
      SELECT 'new_runs', seq FROM sqlite_sequence WHERE name = 'runs';
    DROP TABLE runs;
    ALTER TABLE new_runs RENAME TO runs;
    CREATE INDEX runs_by_name ON runs (kind, name);
    """

  /// Gives the values of earlier versions their phases, where the run's configuration tells.
  private static func nameKnownPhases(_ database: Database) throws {
    let statement = try database.cachedStatement(
      sql: "UPDATE metrics SET phase = ? WHERE run_id = ? AND name = ? AND step = ?")
    for id in try Int64.fetchAll(database, sql: "SELECT DISTINCT run_id FROM metrics") {
      for value in try MetricValue.fetch(database, run: id, orderedBy: "name, step")
      where value.phase != nil {
        try statement.execute(arguments: [value.phase, id, value.name, value.step])
      }
    }
  }

  /// Times are ISO 8601 in UTC with milliseconds. `versions` and `configuration` are JSON.
  /// In `metrics` a value that is not a number is NULL (SQLite has no NaN).
  private static let runs = """
    \(tableOfRuns("runs", RunKind.version1))
    CREATE INDEX runs_by_name ON runs (kind, name);
    CREATE TABLE metrics (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      name TEXT NOT NULL,
      value REAL,
      time TEXT NOT NULL,
      PRIMARY KEY (run_id, name, step)
    ) WITHOUT ROWID;
    CREATE TABLE artifacts (
      id INTEGER PRIMARY KEY,
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      path TEXT NOT NULL,
      kind TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      created_at TEXT NOT NULL,
      UNIQUE (run_id, path)
    );
    CREATE INDEX artifacts_by_digest ON artifacts (sha256);
    CREATE TABLE tags (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      value TEXT NOT NULL DEFAULT '',
      PRIMARY KEY (run_id, name)
    ) WITHOUT ROWID;

    """

  /// An evaluation is one cell: what was computed, whoever asked for it. `experiment_cells` says
  /// which experiments show it and under which name of the dataset.
  private static let evaluations = """
    CREATE TABLE weights (
      sha256 TEXT PRIMARY KEY,
      architecture TEXT NOT NULL,
      path TEXT NOT NULL,
      source TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
    CREATE TABLE datasets (
      id INTEGER PRIMARY KEY,
      fingerprint TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      kind TEXT NOT NULL,
      path TEXT NOT NULL,
      item_count INTEGER NOT NULL
    );
    CREATE TABLE items (
      id INTEGER PRIMARY KEY,
      dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      label INTEGER NOT NULL,
      UNIQUE (dataset_id, name)
    );
    CREATE TABLE evaluations (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      cell_key TEXT NOT NULL UNIQUE,
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      experiment TEXT NOT NULL,
      experiment_sha256 TEXT NOT NULL,
      model TEXT NOT NULL,
      weights_sha256 TEXT NOT NULL REFERENCES weights (sha256),
      dataset_id INTEGER NOT NULL REFERENCES datasets (id),
      condition TEXT NOT NULL
        \(check("condition", Condition.version1)),
      view TEXT NOT NULL \(check("view", ImageView.version1)),
      distortion TEXT,
      corrector_sha256 TEXT,
      corrector_path TEXT,
      corrector_run_id INTEGER REFERENCES runs (id) ON DELETE SET NULL,
      seed INTEGER,
      draws INTEGER NOT NULL,
      item_limit INTEGER,
      expected INTEGER NOT NULL,
      engine TEXT NOT NULL,
      engine_version TEXT NOT NULL,
      precision TEXT NOT NULL,
      threads INTEGER NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('unfinished', 'finished')),
      started_at TEXT NOT NULL,
      finished_at TEXT
    );
    CREATE INDEX evaluations_by_run ON evaluations (run_id);
    CREATE INDEX evaluations_by_dataset ON evaluations (dataset_id);
    CREATE TABLE experiment_cells (
      experiment TEXT NOT NULL,
      dataset TEXT NOT NULL,
      evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
      used_at TEXT NOT NULL,
      PRIMARY KEY (experiment, dataset, evaluation_id)
    ) WITHOUT ROWID;
    CREATE INDEX experiment_cells_by_evaluation ON experiment_cells (evaluation_id);

    """

  /// 450,000 predictions take some 30 bytes each, because names and labels are kept once, in
  /// `items`. `draw` counts from 0.
  private static let predictions = """
    CREATE TABLE prediction_rows (
      evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
      item_id INTEGER NOT NULL REFERENCES items (id),
      draw INTEGER NOT NULL,
      predicted INTEGER NOT NULL,
      label_rank INTEGER NOT NULL,
      probability REAL NOT NULL,
      label_probability REAL NOT NULL,
      PRIMARY KEY (evaluation_id, item_id, draw)
    ) WITHOUT ROWID;
    CREATE TABLE failed_items (
      evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
      item_id INTEGER NOT NULL REFERENCES items (id),
      draw INTEGER NOT NULL,
      reason TEXT NOT NULL,
      PRIMARY KEY (evaluation_id, item_id, draw)
    ) WITHOUT ROWID;

    """

  /// What it takes to make the pixels behind a prediction again, and to recognise them. `definition` is
  /// the whole distortion as YAML. `content` is what an image's line in the fingerprint says beside
  /// name and label, `sha256` that of the encoded image as it was evaluated; both are NULL where they
  /// are not known.
  private static let replay = """
    CREATE TABLE distortions (
      identity TEXT PRIMARY KEY,
      definition TEXT NOT NULL
    ) WITHOUT ROWID;
    ALTER TABLE items ADD COLUMN content TEXT;
    ALTER TABLE items ADD COLUMN sha256 TEXT;
    """

  /// What CONTRACT.md promises to anyone with `sqlite3`.
  private static let views = """
    CREATE VIEW predictions AS
      SELECT p.evaluation_id, i.name AS item, p.draw, i.label, p.predicted, p.label_rank,
        p.probability, p.label_probability
      FROM prediction_rows p JOIN items i ON i.id = p.item_id;
    CREATE VIEW top1 AS
      SELECT e.run_id, c.experiment, e.model, c.dataset, e.condition,
        e.corrector_sha256 AS corrector, e.draws,
        COALESCE(p.correct, 0) AS correct, COALESCE(p.total, 0) AS total,
        100.0 * p.correct / p.total AS top1
      FROM experiment_cells c
      JOIN evaluations e ON e.id = c.evaluation_id
      LEFT JOIN (
        SELECT evaluation_id, SUM(label_rank = 0) AS correct, COUNT(*) AS total
        FROM prediction_rows GROUP BY evaluation_id
      ) p ON p.evaluation_id = e.id
      WHERE e.status = 'finished'
      ORDER BY c.experiment, c.dataset, e.id;
    """
}
