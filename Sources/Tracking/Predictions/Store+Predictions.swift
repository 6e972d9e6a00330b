import GRDB

extension Store {
  /// Stores the results of one batch, of all its evaluations, in one transaction. A result of the
  /// same evaluation, item and draw is replaced, so that a batch may be repeated.
  ///
  /// - Parameter digests: SHA-256 of the encoded images of the batch, by item.
  public func record(_ batch: [PredictionRecord], digests: [Int64: String] = [:]) throws {
    try write { database in
      let know = try database.cachedStatement(
        sql: "UPDATE items SET sha256 = ? WHERE id = ? AND sha256 IS NULL")
      for (item, digest) in digests { try know.execute(arguments: [digest, item]) }
      let insert = try database.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO prediction_rows (evaluation_id, item_id, draw, predicted,
            label_rank, probability, label_probability) VALUES (?, ?, ?, ?, ?, ?, ?)
          """)
      let forget = try database.cachedStatement(
        sql: "DELETE FROM prediction_rows WHERE evaluation_id = ? AND item_id = ? AND draw = ?")
      let fail = try database.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO failed_items (evaluation_id, item_id, draw, reason)
          VALUES (?, ?, ?, ?)
          """)
      let forgive = try database.cachedStatement(
        sql: "DELETE FROM failed_items WHERE evaluation_id = ? AND item_id = ? AND draw = ?")
      for record in batch {
        let address: StatementArguments = [record.evaluation, record.item, record.draw]
        switch record.outcome {
        case .predicted(let prediction):
          try insert.execute(
            arguments: address + [
              prediction.predicted, prediction.labelRank, prediction.probability,
              prediction.labelProbability,
            ])
          try forgive.execute(arguments: address)
        case .failed(let reason):
          try fail.execute(arguments: address + [reason])
          try forget.execute(arguments: address)
        }
      }
    }
  }

  /// Which (item, draw) of an evaluation are predicted already.
  ///
  /// - Parameters:
  ///   - items: ids from `register(dataset:)`.
  ///   - draws: draws per item.
  /// - Returns: `items.count * draws` flags, item by item. Failures count as missing: they are
  ///   retried.
  public func recorded(evaluation: Int64, items: [Int64], draws: Int) throws -> [Bool] {
    try recorded(
      items, draws, evaluation,
      "SELECT item_id, draw FROM prediction_rows WHERE evaluation_id = ?")
  }

  /// As `recorded(evaluation:items:draws:)`, by names: of a cell that need not have been begun, in a
  /// dataset that need not be known.
  public func recorded(cell key: String, items names: [String], draws: Int) throws -> [Bool] {
    try recorded(
      names, draws, key,
      """
      SELECT i.name, p.draw FROM evaluations e
      JOIN prediction_rows p ON p.evaluation_id = e.id JOIN items i ON i.id = p.item_id
      WHERE e.cell_key = ?
      """)
  }

  /// - Parameters:
  ///   - cell: the query's argument.
  ///   - query: selects items, as `items` calls them, with their draws.
  private func recorded<Item: Hashable & DatabaseValueConvertible & StatementColumnConvertible>(
    _ items: [Item], _ draws: Int, _ cell: any DatabaseValueConvertible, _ query: String
  ) throws -> [Bool] {
    let positions = Dictionary(
      zip(items, items.indices), uniquingKeysWith: { first, _ in first })
    return try read { database in
      var flags = [Bool](repeating: false, count: items.count * draws)
      let rows = try Row.fetchCursor(database, sql: query, arguments: [cell])
      while let row = try rows.next() {
        let (item, draw): (Item, Int) = try (row.value(0), row.value(1))
        if let position = positions[item], draw < draws { flags[position * draws + draw] = true }
      }
      return flags
    }
  }

  /// How many (image, draw) of an evaluation have a result: a prediction or a failure.
  public func results(evaluation: Int64) throws -> Int {
    try fetchOne(
      """
      SELECT (SELECT COUNT(*) FROM prediction_rows WHERE evaluation_id = ?1)
        + (SELECT COUNT(*) FROM failed_items WHERE evaluation_id = ?1)
      """, [evaluation]) ?? 0
  }

  /// Draws right and predicted of each image of an evaluation, by item id. Images without a
  /// prediction are left out.
  ///
  /// - Parameter named: without names, which a proportion does not need, it takes half the time.
  public func tallies(evaluation: Int64, named: Bool = true) throws -> [ItemTally] {
    try fetchAll(
      """
      SELECT \(named ? "i.name" : "''"), SUM(p.label_rank = 0),
        CASE WHEN MAX(p.label_rank) < \(Prediction.unknownRank) THEN SUM(p.label_rank < 5) END, COUNT(*)
      FROM prediction_rows p \(named ? "JOIN items i ON i.id = p.item_id" : "")
      WHERE p.evaluation_id = ? GROUP BY p.item_id ORDER BY p.item_id
      """, [evaluation])
  }

  /// The images of an evaluation that failed in at least one draw, with the first reason.
  public func failedItems(evaluation: Int64) throws -> [FailedItem] {
    try fetchAll(
      """
      SELECT i.name AS item, f.reason, MIN(f.draw)
      FROM failed_items f JOIN items i ON i.id = f.item_id
      WHERE f.evaluation_id = ? GROUP BY f.item_id ORDER BY f.item_id
      """, [evaluation])
  }
}

extension ItemTally: FetchableRecord {
  /// Name, draws with the right class first, among five, and all, by position: there may be 50,000 rows.
  public init(row: Row) throws {
    self.init(
      item: try row.value(0), correct: try row.value(1), inTop5: try row.value(2),
      total: try row.value(3))
  }
}
