import Foundation
import GRDB

/// Who does a part of a work that several processes share.
public enum Claim: Sendable, Equatable {
  /// This process: its run has this id. It is new, or one that stopped before its end.
  case ours(Int64)
  /// Another process that is alive, or may be.
  case taken(Int64)
  /// It is done.
  case finished(Int64)
}

extension Store {
  /// Begins a part of a work, goes on with one that stopped, or says who has it. Of two processes that ask
  /// at once one gets it.
  ///
  /// - Parameters:
  ///   - run: of one part of the work; the same configuration is the same part.
  ///   - tags: of the run, which tell the work and its part.
  public func claim(_ run: NewRun, tags: [String: String]) throws -> Claim {
    try write { database in
      try Self.markInterruptedRuns(database)
      for row in try self.rows(of: run, tags, database) {
        let id: Int64 = try row.value("id")
        switch try row.value("status") as RunStatus {
        case .finished: return .finished(id)
        case .running: return .taken(id)
        case .failed, .interrupted: if try resume(id, database) { return .ours(id) }
        }
      }
      let id = try start(run, database)
      for (name, value) in tags {
        try database.execute(
          sql: "INSERT INTO tags (run_id, name, value) VALUES (?, ?, ?)",
          arguments: [id, name, value])
      }
      return .ours(id)
    }
  }

  /// Runs of a part of the work, those that are done first, then those that run, the newest first.
  private func rows(
    of run: NewRun, _ tags: [String: String], _ database: Database
  ) throws -> [Row] {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT id, status FROM runs WHERE kind = ? AND name = ? AND configuration = ?
        ORDER BY CASE status WHEN 'finished' THEN 0 WHEN 'running' THEN 1 ELSE 2 END, id DESC
        """, arguments: [run.kind, run.name, run.configuration])
    return try rows.filter { row in
      try tags.allSatisfy { name, value in
        try Bool.fetchOne(
          database,
          sql: "SELECT EXISTS (SELECT 1 FROM tags WHERE run_id = ? AND name = ? AND value = ?)",
          arguments: [try row.value("id") as Int64, name, value]) == true
      }
    }
  }
}
