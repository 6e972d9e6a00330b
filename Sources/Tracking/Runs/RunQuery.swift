import GRDB
import Support

/// By what a list of runs is ordered.
public enum RunOrder: String, Sendable, CaseIterable {
  case id, kind, name, status, started, duration
  /// The last value of the query's metric.
  case metric
  /// The best top-1 of its cells, as the query gives it.
  case top1

  /// In SQL, of a row `r` of `runs`; `:metric` is the metric's name.
  var expression: String {
    switch self {
    case .id: "r.id"
    case .kind: "r.kind"
    case .name: "r.name"
    case .status: RunQuery.seenStatus
    case .started: "r.started_at"
    case .duration:
      "julianday(COALESCE(r.finished_at, r.heartbeat_at, r.started_at)) - julianday(r.started_at)"
    case .metric: RunQuery.lastValue
    case .top1: "best.top1"
    }
  }
}

/// A page of a list of runs.
public struct RunQuery: Sendable, Equatable {
  /// Which runs are wanted.
  public var filter = RunFilter()
  /// How the run stands as far as can be told: one whose process is gone is interrupted, whatever is stored.
  public var status: RunStatus?
  /// A part of the name, the note or a tag; empty for any.
  public var text = ""
  /// The list's order; equal runs follow newest first.
  public var order = RunOrder.id
  /// From the highest to the lowest; runs without a value come last either way.
  public var isDescending = true
  /// The metric that is shown and ordered by; `nil` for none.
  public var metric: String?
  /// Top-1 in percent, by run, for the order by it.
  public var top1: [Int64: Double] = [:]
  /// How many runs come before the page.
  public var offset = 0
  /// The most runs of a page.
  public var count = 50

  /// The newest fifty.
  public init() {}

  /// The last value of a metric, by its key.
  static let lastValue = """
    (SELECT m.value FROM metrics m WHERE m.run_id = r.id AND m.name = :metric
      ORDER BY m.step DESC LIMIT 1)
    """

  /// The status of a row `r` of `runs` as far as can be told; `:gone` has the runs whose process is gone.
  static let seenStatus = """
    (CASE WHEN r.status = 'running' AND r.id IN (SELECT value FROM json_each(:gone))
      THEN 'interrupted' ELSE r.status END)
    """

  /// Whether `:gone` matters.
  var needsGone: Bool { status != nil || order == .status }

  /// What stands before a query of rows `r` of `runs`, and is joined to them: by an index that SQLite makes
  /// for the query, which takes a column with a type.
  var prelude: (with: String, join: String) {
    guard order == .top1 else { return ("", "") }
    return (
      """
      WITH best (run, top1) AS MATERIALIZED (
        SELECT CAST(json_extract(value, '$[0]') AS INTEGER), json_extract(value, '$[1]')
        FROM json_each(:top1))
      """, "LEFT JOIN best ON best.run = r.id"
    )
  }

  /// Runs without a value come last, equal ones newest first.
  var sorting: String {
    "\(order.expression) \(isDescending ? "DESC" : "ASC") NULLS LAST, r.id DESC"
  }

  /// Which rows `r` of `runs` are wanted.
  var condition: String {
    RunFilter.condition + (status == nil ? "" : " AND \(Self.seenStatus) = :seen") + """
       AND (:text = '' OR instr(lower(r.name), lower(:text)) > 0
        OR instr(lower(r.notes), lower(:text)) > 0
        OR EXISTS (SELECT 1 FROM tags t WHERE t.run_id = r.id
          AND instr(lower(t.name || '=' || t.value), lower(:text)) > 0))
      """
  }

  /// - Parameter gone: the runs whose process is gone.
  func arguments(gone: [Int64]) throws -> StatementArguments {
    var arguments = filter.arguments + ["text": text]
    if status != nil { arguments += ["seen": status] }
    if needsGone { arguments += ["gone": try JSONValue(encoding: gone).line()] }
    return arguments
  }

  /// The arguments of a page, besides those of the condition.
  func pageArguments() throws -> StatementArguments {
    var arguments: StatementArguments = ["metric": metric, "count": count, "offset": offset]
    guard order == .top1 else { return arguments }
    let pairs = top1.map { JSONValue.list([.integer(Int($0.key)), .number($0.value)]) }
    arguments += ["top1": try JSONValue.list(pairs).line()]
    return arguments
  }
}

/// A run in a list.
public struct ListedRun: Sendable, Equatable {
  /// The run, with its tags, the correctors that it wrote, and each metric's last value; without its
  /// cells.
  public let summary: RunSummary
  /// As far as can be told from here: a run whose process is gone is interrupted.
  public let status: RunStatus
  /// The last value of the query's metric.
  public let metric: Double?
}
