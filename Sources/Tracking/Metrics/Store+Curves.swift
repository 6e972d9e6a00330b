import GRDB

/// How fast a run gets on.
public struct RunPace: Sendable, Equatable {
  /// The last step that it recorded.
  public let step: Int
  /// Steps in a second, between its last records.
  public let stepsPerSecond: Double
}

/// A part of a metric's curve: values next to each other in one phase, as one point.
public struct CurvePoint: Sendable, Equatable {
  /// The first and the last step of the part.
  public let steps: ClosedRange<Int>
  /// The lowest, mean and highest of its finite values; `nil` where there is none.
  public let values: (low: Double, mean: Double, high: Double)?
  /// The training phase whose steps it measures; `nil` when unknown.
  public let phase: String?
  /// How many values it stands for.
  public let count: Int
  /// Of those, how many are infinite or not a number.
  public let unfinite: Int

  /// Equal in all of it.
  public static func == (a: CurvePoint, b: CurvePoint) -> Bool {
    a.steps == b.steps && a.phase == b.phase && a.count == b.count && a.unfinite == b.unfinite
      && a.values?.low == b.values?.low && a.values?.mean == b.values?.mean
      && a.values?.high == b.values?.high
  }
}

extension Store {
  /// The names of a run's metrics: a look-up for each, however many values there are.
  public func metricNames(run id: Int64) throws -> [String] {
    try read { try Self.metricNames(id, $0) }
  }

  static func metricNames(_ run: Int64, _ database: Database) throws -> [String] {
    try String.fetchAll(
      database,
      sql: """
        WITH RECURSIVE names (name) AS (
          SELECT MIN(name) FROM metrics WHERE run_id = :run
          UNION ALL
          SELECT (SELECT MIN(name) FROM metrics WHERE run_id = :run AND name > names.name)
          FROM names WHERE names.name IS NOT NULL)
        SELECT name FROM names WHERE name IS NOT NULL
        """, arguments: ["run": run])
  }

  /// The names of the metrics of the newest runs, sorted.
  public func recentMetricNames(runs count: Int) throws -> [String] {
    try read { database in
      let runs = try Int64.fetchAll(
        database, sql: "SELECT id FROM runs ORDER BY id DESC LIMIT ?", arguments: [count])
      return try Set(runs.flatMap { try Self.metricNames($0, database) }).sorted()
    }
  }

  /// How fast a run records steps, by its last records of a metric that it records most often; `nil` before
  /// there are two.
  public func pace(run id: Int64) throws -> RunPace? {
    try read { database in
      let names = try Self.metricNames(id, database)
      guard let name = names.first(where: { $0.hasPrefix("train/") }) ?? names.first else {
        return nil
      }
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT step, time FROM metrics WHERE run_id = ? AND name = ?
          ORDER BY step DESC LIMIT 10
          """, arguments: [id, name])
      guard let last = rows.first, let first = rows.last,
        let end = Clock.date(last["time"]), let start = Clock.date(first["time"])
      else { return nil }
      let (steps, seconds) = ((last["step"] as Int) - first["step"], end.timeIntervalSince(start))
      guard steps > 0, seconds > 0 else { return nil }
      return RunPace(step: last["step"], stepsPerSecond: Double(steps) / seconds)
    }
  }

  /// Each metric's value of the greatest step, by name.
  public func lastValues(run id: Int64) throws -> [MetricValue] {
    try read { try Self.lastValues(id, $0).values.sorted { $0.name < $1.name } }
  }

  /// Each metric's value of the greatest step, by name.
  static func lastValues(_ run: Int64, _ database: Database) throws -> [String: MetricValue] {
    let statement = try database.cachedStatement(
      sql: "SELECT * FROM metrics WHERE run_id = ? AND name = ? ORDER BY step DESC LIMIT 1")
    var values: [String: MetricValue] = [:]
    for name in try metricNames(run, database) {
      values[name] = try Row.fetchOne(statement, arguments: [run, name]).map(MetricValue.init)
    }
    return values
  }

  /// A metric's curve between two steps, in at most some `points` parts of as many steps each, cut where a
  /// phase begins.
  ///
  /// - Parameter steps: `nil` for all.
  public func curve(
    run id: Int64, metric: String, steps: ClosedRange<Int>? = nil, points: Int
  ) throws -> [CurvePoint] {
    try read { database in
      let ends = try Row.fetchOne(
        database, sql: "SELECT low, high FROM (\(Self.ends))",
        arguments: ["run": id, "name": metric])
      guard let first: Int = ends?["low"], let last: Int = ends?["high"] else { return [] }
      let low = max(first, steps?.lowerBound ?? first)
      let high = min(last, steps?.upperBound ?? last)
      guard low <= high else { return [] }
      let width = (high - low) / max(1, points) + 1
      // A look at each part by its key: one query of all would have to sort every value.
      let part = try database.cachedStatement(
        sql: """
          SELECT MIN(step), MAX(step), MIN(finite), AVG(finite), MAX(finite), phase, COUNT(*),
            COUNT(finite)
          FROM (SELECT step, phase, CASE WHEN ABS(value) <= \(Double.greatestFiniteMagnitude)
              THEN value END AS finite
            FROM metrics WHERE run_id = ? AND name = ? AND step BETWEEN ? AND ?)
          GROUP BY phase ORDER BY 1
          """)
      return try stride(from: low, through: high, by: width).flatMap { start in
        try Row.fetchAll(
          part, arguments: [id, metric, start, min(high, start + width - 1)]
        ).map(CurvePoint.init)
      }
    }
  }

  /// The first and the last step of a metric, each found by its key.
  private static let ends = """
    SELECT (SELECT MIN(step) FROM metrics WHERE run_id = :run AND name = :name) AS low,
      (SELECT MAX(step) FROM metrics WHERE run_id = :run AND name = :name) AS high
    """

  /// Values of a metric at some `points` steps from the first to the last, found by their key however many
  /// there are: a sketch of a curve.
  public func sketch(run id: Int64, metric: String, points: Int) throws -> [Double] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          WITH RECURSIVE ends (low, high) AS (\(Self.ends)),
          places (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM places WHERE i < :last)
          SELECT DISTINCT (SELECT MIN(step) FROM metrics WHERE run_id = :run AND name = :name
            AND step >= low + (high - low) * i / :last) AS at,
            (SELECT value FROM metrics WHERE run_id = :run AND name = :name
            AND step >= low + (high - low) * i / :last ORDER BY step LIMIT 1)
          FROM places, ends WHERE low IS NOT NULL
          """,
        arguments: ["run": id, "name": metric, "last": max(1, points - 1)]
      ).map { try $0.value(1) as Double? ?? .nan }
    }
  }
}

extension CurvePoint {
  /// Steps, values, phase and counts, by position.
  init(_ row: Row) throws {
    let (first, last): (Int, Int) = try (row.value(0), row.value(1))
    let (low, mean, high): (Double?, Double?, Double?) = try (
      row.value(2), row.value(3), row.value(4)
    )
    var values: (low: Double, mean: Double, high: Double)?
    // The sum of finite values may be none.
    if let low, let mean, let high, mean.isFinite { values = (low, mean, high) }
    let (count, finite): (Int, Int) = try (row.value(6), values == nil ? 0 : row.value(7))
    self.init(
      steps: first...last, values: values, phase: try row.value(5), count: count,
      unfinite: count - finite)
  }
}
