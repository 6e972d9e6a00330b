import GRDB

/// One value of a metric.
public struct MetricValue: Sendable, Equatable {
  public let step: Int
  public let name: String
  /// Not a number when the run produced one that is not (stored as NULL).
  public let value: Double

  public init(step: Int, name: String, value: Double) {
    self.step = step
    self.name = name
    self.value = value
  }
}

extension Store {
  /// Stores values of a run in one transaction. A value of the same step and name is replaced, so
  /// that a resumed run may repeat steps.
  public func record(metrics: [MetricValue], run id: Int64) throws {
    let time = Clock.now()
    try write { database in
      let statement = try database.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO metrics (run_id, step, name, value, time) VALUES (?, ?, ?, ?, ?)
          """)
      for metric in metrics {
        try statement.execute(arguments: [
          id, metric.step, metric.name, metric.value.isNaN ? nil : metric.value, time,
        ])
      }
    }
  }

  /// The values of a run by name, then step; of one metric when `name` is given.
  public func metrics(run id: Int64, name: String? = nil) throws -> [MetricValue] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT step, name, value FROM metrics WHERE run_id = ? AND (? IS NULL OR name = ?)
          ORDER BY name, step
          """,
        arguments: [id, name, name]
      ).map { MetricValue(step: $0["step"], name: $0["name"], value: $0["value"] ?? .nan) }
    }
  }
}
