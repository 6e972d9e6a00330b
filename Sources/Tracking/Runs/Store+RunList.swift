import Foundation
import GRDB

/// Which runs are wanted; what is `nil` does not matter.
public struct RunFilter: Sendable, Equatable {
  /// What the run does.
  public var kind: RunKind?
  /// How the run stands.
  public var status: RunStatus?
  /// The experiment's or training configuration's name.
  public var name: String?
  /// A model that the run evaluates.
  public var model: String?
  /// Only runs that started then or later.
  public var since: Date?

  /// All runs, unless something is said.
  public init(
    kind: RunKind? = nil, status: RunStatus? = nil, name: String? = nil, model: String? = nil,
    since: Date? = nil
  ) {
    (self.kind, self.status, self.name) = (kind, status, name)
    (self.model, self.since) = (model, since)
  }
}

extension RunFilter {
  /// Which rows `r` of `runs` are wanted. A run's models are the keys of its configuration's weights: they
  /// are there before a cell is.
  static let condition = """
    (:kind IS NULL OR r.kind = :kind) AND (:status IS NULL OR r.status = :status)
      AND (:name IS NULL OR r.name = :name) AND (:since IS NULL OR r.started_at >= :since)
      AND (:model IS NULL
        OR EXISTS (SELECT 1 FROM evaluations e WHERE e.run_id = r.id AND e.model = :model)
        OR EXISTS (SELECT 1 FROM json_each(r.configuration, '$.weights') w WHERE w.key = :model))
    """

  var arguments: StatementArguments {
    [
      "kind": kind, "status": status, "name": name, "model": model,
      "since": since.map(Clock.text),
    ]
  }
}

/// A run with what a list shows of it.
public struct RunSummary: Sendable, Equatable {
  /// The run's row.
  public let run: RunRecord
  /// Those that it owns.
  public let cells: [CellSummary]
  /// By name; empty values for mere marks.
  public let tags: [String: String]
  /// Each metric's last value, by name; not a number where the run produced none.
  public var lastMetrics: [String: MetricValue] { phaseMetrics.compactMapValues(\.last) }
  /// SHA-256 of the correctors that it wrote, the last one last.
  public let written: [String]
  /// By metric, the last value of each phase in which it was measured, in their order.
  public let phaseMetrics: [String: [MetricValue]]
}

extension Store {
  /// The names of all metrics and of all tags that any run has.
  public func runKeys() throws -> (metrics: [String], tags: [String]) {
    try read { database in
      (
        try String.fetchAll(database, sql: "SELECT DISTINCT name FROM metrics ORDER BY name"),
        try String.fetchAll(database, sql: "SELECT DISTINCT name FROM tags ORDER BY name")
      )
    }
  }

  /// The runs that fit a filter, newest first, as of one moment.
  public func runSummaries(_ filter: RunFilter = RunFilter()) throws -> [RunSummary] {
    try read { database in
      let runs = try RunRecord.fetchAll(
        database,
        sql: """
          SELECT * FROM runs r WHERE \(RunFilter.condition) ORDER BY id DESC
          """,
        arguments: filter.arguments)
      let cells = Dictionary(grouping: try CellSummary.fetch(database), by: \.run)
      var tags: [Int64: [String: String]] = [:]
      for row in try Row.fetchAll(database, sql: "SELECT run_id, name, value FROM tags") {
        tags[try row.value(0), default: [:]][try row.value(1)] = try row.value(2) as String
      }
      var written: [Int64: [String]] = [:]
      let correctors = try Row.fetchAll(
        database, sql: "SELECT run_id, sha256 FROM artifacts WHERE kind = 'corrector' ORDER BY id")
      for row in correctors { written[try row.value(0), default: []].append(try row.value(1)) }
      let last = try Self.lastOfPhases(database)
      return runs.map { run in
        RunSummary(
          run: run, cells: cells[run.id] ?? [], tags: tags[run.id] ?? [:],
          written: written[run.id] ?? [], phaseMetrics: last[run.id] ?? [:])
      }
    }
  }

  /// By run and metric, the last value of each phase, by step.
  private static func lastOfPhases(
    _ database: Database
  ) throws -> [Int64: [String: [MetricValue]]] {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT run_id, name, phase, value, MAX(step) AS step
        FROM metrics GROUP BY 1, 2, 3 ORDER BY step
        """)
    var metrics: [Int64: [String: [MetricValue]]] = [:]
    for row in rows {
      metrics[try row.value("run_id"), default: [:]][try row.value("name"), default: []].append(
        try MetricValue(row))
    }
    return metrics
  }
}
