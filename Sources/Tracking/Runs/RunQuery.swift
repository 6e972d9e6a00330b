import GRDB

/// By what a list of runs is ordered.
public enum RunOrder: String, Sendable, CaseIterable {
  case id, kind, name, status, started, duration
  /// The last value of the query's metric.
  case metric

  /// In SQL, of a row `r` of `runs`; `:metric` is the metric's name.
  var expression: String {
    switch self {
    case .id: "r.id"
    case .kind: "r.kind"
    case .name: "r.name"
    case .status: "r.status"
    case .started: "r.started_at"
    case .duration:
      "julianday(COALESCE(r.finished_at, r.heartbeat_at, r.started_at)) - julianday(r.started_at)"
    case .metric: RunQuery.lastValue
    }
  }
}

/// A page of a list of runs.
public struct RunQuery: Sendable, Equatable {
  /// Which runs are wanted.
  public var filter = RunFilter()
  /// A part of the name, the note or a tag; empty for any.
  public var text = ""
  /// The list's order; equal runs follow newest first.
  public var order = RunOrder.id
  /// From the highest to the lowest; runs without a value come last either way.
  public var isDescending = true
  /// The metric that is shown and ordered by; `nil` for none.
  public var metric: String?
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

  /// Which rows `r` of `runs` are wanted.
  var condition: String {
    RunFilter.condition + """
       AND (:text = '' OR instr(lower(r.name), lower(:text)) > 0
        OR instr(lower(r.notes), lower(:text)) > 0
        OR EXISTS (SELECT 1 FROM tags t WHERE t.run_id = r.id
          AND instr(lower(t.name || '=' || t.value), lower(:text)) > 0))
      """
  }

  var arguments: StatementArguments { filter.arguments + ["text": text] }
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
