import Foundation
import GRDB
import Support

/// The rows of a table that is being exported, one after the other.
public struct ExportRows {
  private let cursor: RowCursor

  fileprivate init(_ cursor: RowCursor) { self.cursor = cursor }

  /// The next row's fields as text; `nil` after the last.
  public func next() throws -> [String]? {
    guard let row = try cursor.next() else { return nil }
    return row.databaseValues.map { value in
      switch value.storage {
      case .null: ""
      case .int64(let number): "\(number)"
      case .double(let number): "\(number)"
      case .string(let text): text
      case .blob(let data): data.base64EncodedString()
      }
    }
  }
}

/// A value of a metric and when it was stored.
public struct TimedMetric: Sendable, Equatable {
  public let metric: MetricValue
  public let time: Date

  public init(_ metric: MetricValue, time: Date) {
    self.metric = metric
    self.time = time
  }
}

/// A finished cell with its sums.
public struct CellTotal: Sendable, Equatable {
  public let evaluation: EvaluationRecord
  /// Draws whose top-1 is right.
  public let correct: Int
  /// Draws that were predicted.
  public let total: Int
}

extension Store {
  /// Hands each table of `ExportTable.all` and its rows to `body`; all of them are of one moment.
  ///
  /// - Throws: `UserError` for a run or experiment that the database does not have, and what `body`
  ///   throws.
  public func export(
    _ scope: ExportScope, _ body: (ExportTable, ExportRows) throws -> Void
  ) throws {
    try check(scope)
    try read { database in
      for table in ExportTable.all {
        var arguments: StatementArguments = []
        if case .experiment(let name) = scope { arguments = [name] }
        let query = table.query(scope, missing: try table.missing(in: database))
        let cursor = try Row.fetchCursor(database, sql: query, arguments: arguments)
        try body(table, ExportRows(cursor))
      }
    }
  }

  /// The runs of a scope, oldest first.
  ///
  /// - Throws: `UserError` for a run or experiment that the database does not have.
  public func runs(in scope: ExportScope) throws -> [RunRecord] {
    try check(scope)
    let all = try runs().reversed()
    switch scope {
    case .everything: return Array(all)
    case .runs(let ids): return all.filter { ids.contains($0.id) }
    case .experiment(let name):
      let owners = try Set(evaluations(experiment: name).map(\.runID))
      return all.filter { $0.name == name || owners.contains($0.id) }
    }
  }

  private func check(_ scope: ExportScope) throws {
    switch scope {
    case .everything: break
    case .runs(let ids):
      for id in ids where try run(id) == nil {
        throw UserError("\(path): has no run \(id)", remedy: "see realitygap runs")
      }
    case .experiment(let name):
      let known = try Set(experiments()).union(runs().map(\.name))
      guard !known.contains(name) else { break }
      throw UserError(
        "\(path): has no experiment \(name)",
        remedy: known.isEmpty
          ? nil : Suggestion.remedy(for: name, among: known.sorted(), lead: "it has"))
    }
  }

  /// The values of a run by step, then name, with their times.
  ///
  /// - Throws: `UserError` for a time that is none.
  public func timedMetrics(run id: Int64) throws -> [TimedMetric] {
    let path = path
    return try read { database in
      let order = "step, name"
      let times = try String.fetchAll(
        database, sql: "SELECT time FROM metrics WHERE run_id = ? ORDER BY \(order)",
        arguments: [id])
      var metrics: [TimedMetric] = []
      // All values of one step were stored at one time, as a rule.
      var last: (text: String, date: Date)?
      for (value, text) in zip(
        try MetricValue.fetch(database, run: id, orderedBy: order), times)
      {
        guard let date = last?.text == text ? last?.date : Clock.date(text) else {
          throw UserError(
            "\(path): run \(id), metric \(value.name), step \(value.step): \(text) is not a time",
            remedy: "restore a backup of the database, or delete the run")
        }
        last = (text, date)
        metrics.append(TimedMetric(value, time: date))
      }
      return metrics
    }
  }

  /// The finished cells that a run computed, oldest first, each once.
  public func cells(run id: Int64) throws -> [CellTotal] {
    try read { database in
      let evaluations = try EvaluationRecord.fetchAll(
        database,
        sql: EvaluationRecord.selection
          + " WHERE e.run_id = ? AND e.status = 'finished' ORDER BY e.id, c.experiment, c.dataset",
        arguments: [id])
      var seen: Set<Int64> = []
      return try evaluations.filter { seen.insert($0.id).inserted }.map { evaluation in
        let row = try Row.fetchOne(
          database,
          sql: """
            SELECT COALESCE(SUM(label_rank = 0), 0), COUNT(*) FROM prediction_rows
            WHERE evaluation_id = ?
            """,
          arguments: [evaluation.id])
        return CellTotal(
          evaluation: evaluation, correct: row?[0] ?? 0, total: row?[1] ?? 0)
      }
    }
  }
}

extension RunRecord {
  /// Tells the run apart from all others, in whichever database it is: SHA-256 of what stays the
  /// same when it is continued or merged into another file.
  public var uid: String {
    FileDigest.sha256(
      Data([kind.rawValue, name, startedAt, configuration].joined(separator: "\n").utf8))
  }

  /// When it started, and ended if it did.
  public var dates: (start: Date?, end: Date?) {
    (Clock.date(startedAt), finishedAt.flatMap(Clock.date))
  }
}

extension EvaluationRecord {
  /// When it was begun, and complete if it is.
  public var dates: (start: Date?, end: Date?) {
    (Clock.date(startedAt), finishedAt.flatMap(Clock.date))
  }
}
