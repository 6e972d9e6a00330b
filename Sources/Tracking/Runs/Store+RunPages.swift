import Foundation
import GRDB

extension Store {
  /// A page of a list of runs, and how many there are in all, as of one moment.
  public func runs(_ query: RunQuery) throws -> (runs: [ListedRun], total: Int) {
    try read { database in
      let total =
        try Int.fetchOne(
          database, sql: "SELECT COUNT(*) FROM runs r WHERE \(query.condition)",
          arguments: query.arguments) ?? 0
      let order = query.order.expression
      let direction = query.isDescending ? "DESC" : "ASC"
      // The page's rows first, by their ids alone: what is shown of a run is looked up for those.
      let sorting = "\(order) IS NULL, \(order) \(direction), r.id DESC"
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT r.*, \(RunQuery.lastValue) AS listed_metric FROM runs r
          WHERE r.id IN (SELECT r.id FROM runs r WHERE \(query.condition)
            ORDER BY \(sorting) LIMIT :count OFFSET :offset)
          ORDER BY \(sorting)
          """,
        arguments: query.arguments
          + ["metric": query.metric, "count": query.count, "offset": query.offset])
      return (try rows.map { try Self.listed($0, database) }, total)
    }
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
    return ListedRun(summary: summary, status: seen(run.status, row), metric: row["listed_metric"])
  }

  private static func tags(_ run: Int64, _ database: Database) throws -> [String: String] {
    let rows = try Row.fetchAll(
      database, sql: "SELECT name, value FROM tags WHERE run_id = ?", arguments: [run])
    return Dictionary(
      rows.map { ($0["name"], $0["value"]) }, uniquingKeysWith: { first, _ in first })
  }

  /// The status that a row's run has by what can be told of its process.
  static func seen(_ status: RunStatus, _ row: Row) -> RunStatus {
    status == .running && Liveness(row) == .gone ? .interrupted : status
  }

  /// A run's status, as far as can be told from here; `nil` when there is no such run.
  public func status(run id: Int64) throws -> RunStatus? {
    try read { database in
      let row = try Row.fetchOne(
        database, sql: "SELECT status, \(Self.processColumns) FROM runs WHERE id = ?",
        arguments: [id])
      return try row.map { row in
        guard let status = RunStatus(rawValue: row["status"]) else {
          throw DatabaseError(message: "run \(id) has a status that is none")
        }
        return Self.seen(status, row)
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
