import GRDB

extension Store {
  /// Sets a tag of a run.
  public func tag(_ name: String, value: String = "", run id: Int64) throws {
    try execute(
      "INSERT OR REPLACE INTO tags (run_id, name, value) VALUES (?, ?, ?)", [id, name, value])
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
    try fetchPairs("SELECT name, value FROM tags WHERE run_id = ?", [id])
  }
}
