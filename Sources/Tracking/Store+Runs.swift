import Foundation
import GRDB
import Support

extension Store {
  /// Stores a run of this process with status `running`.
  ///
  /// - Returns: its id.
  public func startRun(_ run: NewRun) throws -> Int64 {
    try write { try Self.start(run, $0) }
  }

  /// Takes over the newest interrupted or failed run of the same kind, name and configuration, or
  /// starts a new one. Of two processes that ask at once one takes it over, the other starts anew.
  ///
  /// - Returns: the run's id.
  public func openRun(_ run: NewRun) throws -> Int64 {
    try write { database in
      let known = try Self.resumable(run.kind, run.name, run.configuration, database)
      if let known, try Self.resume(known, database) { return known }
      return try Self.start(run, database)
    }
  }

  private static func start(_ run: NewRun, _ database: Database) throws -> Int64 {
    let process = ProcessIdentity.current
    try database.execute(
      sql: """
        INSERT INTO runs (kind, name, status, started_at, configuration, command, versions,
          source_commit, host, pid, process_start)
        VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        run.kind, run.name, Clock.now(), run.configuration, run.command, try json(run.versions),
        run.commit, process.host, process.pid, process.start,
      ])
    return database.lastInsertedRowID
  }

  /// The newest interrupted or failed run of the same kind, name and configuration, which a
  /// repeated command continues.
  public func resumableRun(kind: RunKind, name: String, configuration: String) throws -> Int64? {
    try read { try Self.resumable(kind, name, configuration, $0) }
  }

  private static func resumable(
    _ kind: RunKind, _ name: String, _ configuration: String, _ database: Database
  ) throws -> Int64? {
    try Int64.fetchOne(
      database,
      sql: """
        SELECT id FROM runs
        WHERE kind = ? AND name = ? AND configuration = ? AND status IN ('interrupted', 'failed')
        ORDER BY id DESC LIMIT 1
        """,
      arguments: [kind, name, configuration])
  }

  /// Takes over an interrupted or failed run: it is `running` again, in this process.
  ///
  /// - Throws: `UserError` when there is no such run or it is running or finished.
  public func resumeRun(_ id: Int64) throws {
    let path = path
    try write { database in
      guard try Self.resume(id, database) else {
        throw UserError("\(path): run \(id) cannot be continued", remedy: "see realitygap runs")
      }
    }
  }

  /// - Returns: whether it could be.
  private static func resume(_ id: Int64, _ database: Database) throws -> Bool {
    let process = ProcessIdentity.current
    try database.execute(
      sql: """
        UPDATE runs SET status = 'running', finished_at = NULL, error = NULL,
          resumed = resumed + 1, host = ?, pid = ?, process_start = ?
        WHERE id = ? AND status IN ('interrupted', 'failed')
        """,
      arguments: [process.host, process.pid, process.start, id])
    return database.changesCount > 0
  }

  /// Ends a run of this process. An ended run is not changed again.
  ///
  /// - Parameter error: for `failed`, the line that was shown.
  public func finishRun(_ id: Int64, status: RunStatus, error: String? = nil) throws {
    try write { database in
      try database.execute(
        sql: """
          UPDATE runs SET status = ?, finished_at = ?, error = ?
          WHERE id = ? AND status = 'running'
          """,
        arguments: [status, Clock.now(), error, id])
    }
  }

  /// Ends the interrupted and failed runs of a kind, name and configuration of which nothing is left
  /// to do.
  public func finishStoppedRuns(kind: RunKind, name: String, configuration: String) throws {
    try write { database in
      try database.execute(
        sql: """
          UPDATE runs SET status = 'finished', finished_at = ?, error = NULL
          WHERE kind = ? AND name = ? AND configuration = ? AND status IN ('interrupted', 'failed')
          """,
        arguments: [Clock.now(), kind, name, configuration])
    }
  }

  /// One run, or `nil`.
  public func run(_ id: Int64) throws -> RunRecord? {
    try read { try RunRecord.fetchOne($0, sql: "SELECT * FROM runs WHERE id = ?", arguments: [id]) }
  }

  /// All runs, newest first.
  public func runs() throws -> [RunRecord] {
    try read { try RunRecord.fetchAll($0, sql: "SELECT * FROM runs ORDER BY id DESC") }
  }

  /// Replaces a run's note.
  public func note(_ text: String, run id: Int64) throws {
    try write {
      try $0.execute(sql: "UPDATE runs SET notes = ? WHERE id = ?", arguments: [text, id])
    }
  }

  /// Gives runs the status `interrupted` whose process is gone, however it ended.
  static func markInterruptedRuns(_ database: Database) throws {
    let rows = try Row.fetchAll(
      database, sql: "SELECT id, host, pid, process_start FROM runs WHERE status = 'running'")
    for row in rows {
      let process = ProcessIdentity(host: row["host"], pid: row["pid"], start: row["process_start"])
      if process.isGone {
        try database.execute(
          sql: "UPDATE runs SET status = 'interrupted' WHERE id = ?",
          arguments: [row["id"] as Int64])
      }
    }
  }

  /// JSON with sorted keys, so that equal values give equal text.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
