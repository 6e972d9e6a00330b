import GRDB

extension Store {
  /// Sets a tag of a run.
  public func tag(_ name: String, value: String = "", run id: Int64) throws {
    try write {
      try $0.execute(
        sql: "INSERT OR REPLACE INTO tags (run_id, name, value) VALUES (?, ?, ?)",
        arguments: [id, name, value])
    }
  }

  /// Removes a tag of a run.
  ///
  /// - Returns: whether the run had it.
  public func untag(_ name: String, run id: Int64) throws -> Bool {
    try write { database in
      try database.execute(
        sql: "DELETE FROM tags WHERE run_id = ? AND name = ?", arguments: [id, name])
      return database.changesCount > 0
    }
  }

  /// The tags of a run.
  public func tags(run id: Int64) throws -> [String: String] {
    try read { database in
      let rows = try Row.fetchAll(
        database, sql: "SELECT name, value FROM tags WHERE run_id = ?", arguments: [id])
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["name"], $0["value"]) })
    }
  }
}
