import GRDB
import Support

extension Store {
  /// Stores a dataset and its items unless the fingerprint is known.
  ///
  /// - Returns: the ids of the items, in the order of `dataset.items`.
  /// - Throws: `UserError` when a known fingerprint comes with other items.
  public func register(dataset: DatasetRecord) throws -> [Int64] {
    let path = path
    return try write { database in
      let id: Int64
      if let known = try Int64.fetchOne(
        database, sql: "SELECT id FROM datasets WHERE fingerprint = ?",
        arguments: [dataset.fingerprint])
      {
        id = known
      } else {
        if let list = dataset.classList { try Self.register(list, database) }
        try database.insert(
          into: "datasets",
          [
            ("fingerprint", dataset.fingerprint), ("name", dataset.name), ("kind", dataset.kind),
            ("path", dataset.path), ("item_count", dataset.items.count),
            ("class_list", dataset.classList?.digest),
          ])
        id = database.lastInsertedRowID
        for item in dataset.items {
          try database.insert(
            into: "items",
            [
              ("dataset_id", id), ("name", item.name), ("label", item.label),
              ("also_right", IndexList(item.alsoRight).text), ("content", item.content),
            ])
        }
      }
      let rows = try Row.fetchCursor(
        database, sql: "SELECT id, name, label FROM items WHERE dataset_id = ?", arguments: [id])
      var known: [String: (id: Int64, label: Int)] = [:]
      while let row = try rows.next() {
        known[try row.value("name")] = (try row.value("id"), try row.value("label"))
      }
      let ids = dataset.items.compactMap { item in
        known[item.name].flatMap { $0.label == item.label ? $0.id : nil }
      }
      guard ids.count == dataset.items.count, ids.count == known.count else {
        throw UserError(
          "\(path): the database has \(dataset.name) (\(dataset.path)) with different labels",
          remedy: "use --database with another file")
      }
      try Self.complete(id, dataset, ids, database)
      return ids
    }
  }

  /// Adds what an older version of the program, or an import, did not know of the images.
  private static func complete(
    _ id: Int64, _ dataset: DatasetRecord, _ items: [Int64], _ database: Database
  ) throws {
    let isOpen = try Bool.fetchOne(
      database,
      sql: "SELECT EXISTS (SELECT 1 FROM items WHERE dataset_id = ? AND content IS NULL)",
      arguments: [id])
    guard isOpen == true else { return }
    let update = try database.cachedStatement(
      sql: "UPDATE items SET content = ? WHERE id = ? AND content IS NULL")
    for (row, item) in zip(items, dataset.items) where item.content != nil {
      try update.execute(arguments: [item.content, row])
    }
  }

  /// Stores a weights file unless its digest is known.
  public func register(weights: WeightsRecord) throws {
    try write {
      try $0.insert(
        into: "weights",
        [
          ("sha256", weights.sha256), ("architecture", weights.architecture),
          ("path", weights.path), ("source", weights.source),
        ], or: .ignore)
    }
  }

  /// Which of these cell keys have all their predictions.
  public func finishedCells(among keys: [String]) throws -> Set<String> {
    try read { database in
      let sql = "SELECT 1 FROM evaluations WHERE cell_key = ? AND status = 'finished'"
      return try Set(
        keys.filter { try Bool.fetchOne(database, sql: sql, arguments: [$0]) == true })
    }
  }

  /// The evaluation of a cell, finished or not; `nil` when it was never started.
  public func evaluation(_ key: String) throws -> Int64? {
    try read { try Self.evaluation(key, $0) }
  }

  private static func evaluation(_ key: String, _ database: Database) throws -> Int64? {
    try Int64.fetchOne(
      database, sql: "SELECT id FROM evaluations WHERE cell_key = ?", arguments: [key])
  }

  /// Opens a cell for results: a new row, or the one of the same identity, which another run may
  /// have begun (then `run` becomes its owner, unless that other run is still at it).
  ///
  /// The dataset and the weights must have been registered.
  ///
  /// - Returns: the evaluation's id.
  public func beginEvaluation(_ cell: NewEvaluation, run: Int64) throws -> Int64 {
    let key = try cell.identity.key()
    return try write { database in
      let dataset = try Int64.fetchOne(
        database, sql: "SELECT id FROM datasets WHERE fingerprint = ?",
        arguments: [cell.identity.dataset])
      let columns =
        cell.columns + [
          ("cell_key", key), ("run_id", run), ("dataset_id", dataset), ("status", "unfinished"),
          ("started_at", Clock.now()),
        ]
      try database.insert(
        into: "evaluations", columns,
        """
        ON CONFLICT (cell_key) DO UPDATE SET run_id = excluded.run_id
        WHERE status = 'unfinished'
          AND (SELECT r.status FROM runs r WHERE r.id = evaluations.run_id) <> 'running'
        """)
      guard let id = try Self.evaluation(key, database) else {
        throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "no evaluation \(key)")
      }
      try Self.show(id, in: cell.experiment, dataset: cell.datasetName, database)
      return id
    }
  }

  /// Says that an experiment shows these cells, which exist already, now; cells that do not exist
  /// are passed over.
  public func showCells(_ keys: [String], experiment: String, dataset: String) throws {
    try write { database in
      for key in keys {
        guard let id = try Self.evaluation(key, database) else { continue }
        try Self.show(id, in: experiment, dataset: dataset, database)
      }
    }
  }

  /// Marks those of the evaluations as finished that have a prediction or a failure for each
  /// (image, draw).
  ///
  /// - Returns: the ids of those that are finished now.
  @discardableResult
  public func finishEvaluations(_ ids: [Int64]) throws -> Set<Int64> {
    try write { database in
      var finished: Set<Int64> = []
      for id in ids {
        try database.execute(
          sql: """
            UPDATE evaluations SET status = 'finished', finished_at = ?
            WHERE id = ? AND status = 'unfinished' AND expected =
              (SELECT COUNT(*) FROM prediction_rows p WHERE p.evaluation_id = evaluations.id)
              + (SELECT COUNT(*) FROM failed_items f WHERE f.evaluation_id = evaluations.id)
            """,
          arguments: [Clock.now(), id])
        if database.changesCount > 0 { finished.insert(id) }
      }
      return finished
    }
  }

  private static func show(
    _ id: Int64, in experiment: String, dataset: String, _ database: Database
  ) throws {
    try database.insert(
      into: "experiment_cells",
      [
        ("experiment", experiment), ("dataset", dataset), ("evaluation_id", id),
        ("used_at", Clock.now()),
      ], or: .replace)
  }
}
