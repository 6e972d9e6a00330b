import Foundation
import GRDB
import Support

/// The rows of a table that is being exported, one after the other.
public struct ExportRows {
  fileprivate let cursor: RowCursor

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
  /// Step, name, value and phase.
  public let metric: MetricValue
  /// When it was stored, to the millisecond.
  public let time: Date
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
        let cursor = try Row.fetchCursor(
          database, sql: table.query(scope), arguments: arguments)
        try body(table, ExportRows(cursor: cursor))
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
        metrics.append(TimedMetric(metric: value, time: date))
      }
      return metrics
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

  /// Seconds from the start of an ended run to its end, pauses before it went on included; `nil`
  /// while it runs. Negative where the clock was set back.
  public var duration: Double? {
    guard let start = dates.start, let end = dates.end else { return nil }
    return end.timeIntervalSince(start)
  }
}

extension EvaluationRecord {
  /// When it was complete; `nil` before.
  public var finished: Date? { finishedAt.flatMap(Clock.date) }
}
