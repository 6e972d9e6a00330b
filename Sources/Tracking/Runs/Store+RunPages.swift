import Foundation
import GRDB

extension Store {
  /// A page of a list of runs, and how many there are in all, as of one moment.
  public func runs(_ query: RunQuery) throws -> (runs: [ListedRun], total: Int) {
    try read { database in
      let gone = query.needsGone ? try Self.goneRuns(database) : []
      let arguments = try query.arguments(gone: gone)
      let condition = query.condition
      let total =
        try Int.fetchOne(
          database, sql: "SELECT COUNT(*) FROM runs r WHERE \(condition)",
          arguments: arguments) ?? 0
      // The page's rows first, by their ids alone: what is shown of a run is looked up for those.
      let (with, join) = query.prelude
      let rows = try Row.fetchAll(
        database,
        sql: """
          \(with) SELECT r.*, \(RunQuery.lastValue) AS listed_metric FROM runs r \(join)
          WHERE r.id IN (SELECT r.id FROM runs r \(join) WHERE \(condition)
            ORDER BY \(query.sorting) LIMIT :count OFFSET :offset)
          ORDER BY \(query.sorting)
          """, arguments: arguments + (try query.pageArguments()))
      return (try rows.map { try Self.listed($0, database) }, total)
    }
  }

  /// The runs that are stored as running and whose process is gone.
  private static func goneRuns(_ database: Database) throws -> [Int64] {
    try Row.fetchAll(
      database, sql: "SELECT \(processColumns) FROM runs WHERE status = 'running'"
    ).filter { try Liveness($0) == .gone }.map { try $0.value("id") }
  }

  private static func listed(_ row: Row, _ database: Database) throws -> ListedRun {
    let run = try RunRecord(row: row)
    let summary = RunSummary(
      run: run, cells: [], tags: try tags(run.id, database),
      written: try String.fetchAll(
        database,
        sql: "SELECT sha256 FROM artifacts WHERE run_id = ? AND kind = 'corrector' ORDER BY id",
        arguments: [run.id]),
      phaseMetrics: try lastValues(run.id, database).mapValues { [$0] })
    return ListedRun(
      summary: summary, status: try seen(run.status, row), metric: try row.value("listed_metric"))
  }

  private static func tags(_ run: Int64, _ database: Database) throws -> [String: String] {
    let rows = try Row.fetchAll(
      database, sql: "SELECT name, value FROM tags WHERE run_id = ?", arguments: [run])
    return try Dictionary(
      rows.map { try ($0.value("name"), $0.value("value")) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The status that a row's run has by what can be told of its process.
  static func seen(_ status: RunStatus, _ row: Row) throws -> RunStatus {
    try status == .running && Liveness(row) == .gone ? .interrupted : status
  }

  /// A run's status, as far as can be told from here; `nil` when there is no such run.
  public func status(run id: Int64) throws -> RunStatus? {
    try read { database in
      let row = try Row.fetchOne(
        database, sql: "SELECT status, \(Self.processColumns) FROM runs WHERE id = ?",
        arguments: [id])
      return try row.map { row in
        guard let status = RunStatus(rawValue: try row.value("status")) else {
          throw DatabaseError(message: "run \(id) has a status that is none")
        }
        return try Self.seen(status, row)
      }
    }
  }

  /// The names that runs have, those of the newest first.
  public func runNames(limit: Int) throws -> [String] {
    try read {
      try String.fetchAll(
        $0, sql: "SELECT name FROM runs GROUP BY name ORDER BY MAX(id) DESC LIMIT ?",
        arguments: [limit])
    }
  }
}

extension RunRecord {
  /// Seconds from its start to its end; of a run that goes on to now; of one that vanished to its last
  /// sign of life, `nil` where there was none.
  ///
  /// - Parameter status: as far as can be told.
  public func elapsed(_ status: RunStatus, now: Date = Date()) -> Double? {
    guard let start = Clock.date(startedAt) else { return nil }
    if status == .running { return now.timeIntervalSince(start) }
    let end = (finishedAt ?? heartbeatAt).flatMap(Clock.date)
    return end.map { $0.timeIntervalSince(start) }
  }
}
