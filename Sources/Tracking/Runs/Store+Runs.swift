import Foundation
import GRDB
import Support

extension Store {
  /// Stores a run of this process with status `running`.
  ///
  /// - Returns: its id.
  public func startRun(_ run: NewRun) throws -> Int64 {
    try write { try start(run, $0) }
  }

  /// Takes over the newest interrupted or failed run of the same kind, name and configuration, or
  /// starts a new one. Of two processes that ask at once one takes it over, the other starts anew.
  ///
  /// - Returns: the run's id.
  public func openRun(_ run: NewRun) throws -> Int64 {
    try write { database in
      let known = try Int64.fetchOne(
        database, sql: "SELECT id FROM runs WHERE \(Self.isStopped) ORDER BY id DESC LIMIT 1",
        arguments: [run.kind, run.name, run.configuration])
      if let known, try resume(known, database) { return known }
      return try start(run, database)
    }
  }

  func start(_ run: NewRun, _ database: Database) throws -> Int64 {
    let process = ProcessIdentity.current
    let now = Clock.now()
    try database.insert(
      into: "runs",
      [
        ("kind", run.kind), ("name", run.name), ("status", RunStatus.running),
        ("started_at", now), ("configuration", run.configuration), ("command", run.command),
        ("versions", try JSONValue.storedText(of: run.versions)), ("source_commit", run.commit),
        ("host", process.host), ("pid", process.pid), ("process_start", process.start),
        ("pid_namespace", process.namespace), ("heartbeat_at", now),
      ])
    return beating(database.lastInsertedRowID)
  }

  /// Takes over an interrupted or failed run: it is `running` again, in this process.
  ///
  /// - Throws: `UserError` when there is no such run or it is running or finished.
  public func resumeRun(_ id: Int64) throws {
    let path = path
    try write { database in
      try Self.markInterruptedRuns(database)
      if try resume(id, database) { return }
      try Self.refuseLiveRun(id, database, force: true, path: path)
      throw UserError("\(path): run \(id) cannot be continued", remedy: "see realitygap runs")
    }
  }

  /// Takes up a finished run that gets more to do: it is `running` again, in this process, with a
  /// configuration that says so.
  ///
  /// - Throws: `UserError` when there is no such run or it is not finished.
  public func extendRun(_ id: Int64, configuration: String) throws {
    let path = path
    try write { database in
      try database.execute(
        sql:
          "UPDATE runs SET status = 'interrupted', configuration = ? WHERE id = ? AND status = 'finished'",
        arguments: [configuration, id])
      guard database.changesCount > 0, try resume(id, database) else {
        throw UserError("\(path): run \(id) is not finished", remedy: "see realitygap runs")
      }
    }
  }

  /// - Returns: whether it could be.
  func resume(_ id: Int64, _ database: Database) throws -> Bool {
    let process = ProcessIdentity.current
    try database.execute(
      sql: """
        UPDATE runs SET status = 'running', finished_at = NULL, error = NULL,
          resumed = resumed + 1, host = ?, pid = ?, process_start = ?, pid_namespace = ?,
          heartbeat_at = ?
        WHERE id = ? AND status IN ('interrupted', 'failed')
        """,
      arguments: [
        process.host, process.pid, process.start, process.namespace, Clock.now(), id,
      ])
    guard database.changesCount > 0 else { return false }
    _ = beating(id)
    return true
  }

  /// Ends a run. One that ended is not changed again; but where this process was taken for gone
  /// (it was suspended, or the clocks differ) and no other process continued the run, its own end counts.
  ///
  /// - Parameter error: for `failed`, the line that was shown.
  public func finishRun(_ id: Int64, status: RunStatus, error: String? = nil) throws {
    heartbeat.end(id)
    try execute(
      """
      UPDATE runs SET status = ?, finished_at = ?, error = ?
      WHERE id = ? AND (status = 'running' OR status = 'interrupted' AND \(Self.isOurs))
      """, [status, Clock.now(), error, id] + Self.ours)
  }

  /// Ends the interrupted and failed runs of a kind, name and configuration of which nothing is left
  /// to do.
  public func finishStoppedRuns(kind: RunKind, name: String, configuration: String) throws {
    try execute(
      """
      UPDATE runs SET status = 'finished', finished_at = ?, error = NULL WHERE \(Self.isStopped)
      """, [Clock.now(), kind, name, configuration])
  }

  /// Whether a row of `runs` is an interrupted or failed one of a kind, name and configuration, its
  /// arguments.
  private static let isStopped =
    "kind = ? AND name = ? AND configuration = ? AND status IN ('interrupted', 'failed')"

  /// One run, or `nil`.
  public func run(_ id: Int64) throws -> RunRecord? {
    try read { try RunRecord.fetchOne($0, id: id) }
  }

  /// All runs, newest first.
  public func runs() throws -> [RunRecord] {
    try fetchAll("SELECT * FROM runs ORDER BY id DESC")
  }

  /// Replaces a run's note.
  public func note(_ text: String, run id: Int64) throws {
    try execute("UPDATE runs SET notes = ? WHERE id = ?", [text, id])
  }
}
