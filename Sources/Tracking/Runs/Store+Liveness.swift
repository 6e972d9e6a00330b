import Foundation
import GRDB

/// Whether the process of a run with status `running` is alive.
package enum Liveness: Equatable, Sendable {
  case alive
  /// Proved, or without a heartbeat for so long that it counts as proved.
  case gone
  /// It cannot be seen from here, but sent a heartbeat at this time.
  case beating(Date)
  /// It cannot be seen from here, and is of a version without heartbeats.
  case unknown
}

extension Liveness {
  /// Of a row of `runs`.
  init(_ row: Row, now: Date = Date()) throws {
    let heartbeat = (try row.value("heartbeat_at") as String?).flatMap(Clock.date)
    let started = (try row.value("started_at") as String?).flatMap(Clock.date)
    self.init(
      try ProcessIdentity(row).state(lastSign: heartbeat ?? started), heartbeat, now: now)
  }

  /// - Parameters:
  ///   - state: what can be proved from here.
  ///   - heartbeat: the last heartbeat.
  package init(_ state: ProcessIdentity.State, _ heartbeat: Date?, now: Date) {
    self =
      switch (state, heartbeat) {
      case (.alive, _): .alive
      case (.gone, _): .gone
      case (.unseen, let heartbeat?):
        now.timeIntervalSince(heartbeat) > Heartbeat.expiry ? .gone : .beating(heartbeat)
      case (.unseen, nil): .unknown
      }
  }
}

extension ProcessIdentity {
  /// The process of a row of `runs`.
  init(_ row: Row) throws {
    self.init(
      host: try row.value("host"), pid: try row.value("pid"), start: try row.value("process_start"),
      namespace: try row.value("pid_namespace"))
  }
}

extension Store {
  /// The columns that `ProcessIdentity` and `Liveness` are read from.
  static let processColumns =
    "id, host, pid, process_start, pid_namespace, started_at, heartbeat_at"

  /// Whether a row of `runs` is of this process; `ours` are its arguments.
  static let isOurs = "host = ? AND pid = ? AND process_start IS ? AND pid_namespace IS ?"

  static var ours: StatementArguments {
    let process = ProcessIdentity.current
    return [process.host, process.pid, process.start, process.namespace]
  }

  /// From now on a run of this process sends heartbeats until `finishRun`.
  ///
  /// - Returns: the run's id.
  func beating(_ id: Int64) -> Int64 {
    heartbeat.begin(id) { [weak self] runs in
      // A heartbeat that fails now, because the file is locked, is sent next time.
      try? self?.beat(runs)
    }
    return id
  }

  /// Records that runs of this process are active, even if it was taken for gone.
  package func beat(_ runs: Set<Int64>) throws {
    try write { database in
      // One may have ended while this waited for the lock.
      for run in runs where heartbeat.isActive(run) {
        try database.execute(
          sql: """
            UPDATE runs SET heartbeat_at = ?, status = 'running'
            WHERE id = ? AND status IN ('running', 'interrupted') AND \(Self.isOurs)
            """,
          arguments: [Clock.now(), run] + Self.ours)
      }
    }
  }

  /// Marks runs as `interrupted` whose process is gone, however it ended.
  static func markInterruptedRuns(_ database: Database) throws {
    let rows = try Row.fetchAll(
      database, sql: "SELECT \(processColumns) FROM runs WHERE status = 'running'")
    for row in rows where try Liveness(row) == .gone {
      try database.execute(
        sql: "UPDATE runs SET status = 'interrupted' WHERE id = ?",
        arguments: [try row.value("id") as Int64])
    }
  }
}
