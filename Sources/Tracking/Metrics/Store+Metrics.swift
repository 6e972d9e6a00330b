import GRDB

/// One value of a metric.
public struct MetricValue: Sendable, Equatable {
  /// From 1, over all phases; 0 for a metric that has no steps.
  public let step: Int
  /// With slashes between its parts, e.g. `validation/corrected/psnr`.
  public let name: String
  /// Not a number when the run produced one that is not (stored as NULL).
  public let value: Double
  /// The training phase whose steps it measures, see `TrainingPhases`; `nil` when unknown.
  public let phase: String?

  /// A value as it is recorded or was read.
  public init(step: Int, name: String, value: Double, phase: String? = nil) {
    (self.step, self.name) = (step, name)
    (self.value, self.phase) = (value, phase)
  }
}

extension Store {
  /// Stores values of a run in one transaction. A value of the same step and name is replaced, so
  /// that a resumed run may repeat steps.
  public func record(metrics: [MetricValue], run id: Int64) throws {
    let time = Clock.now()
    try write { database in
      for metric in metrics {
        try database.insert(
          into: "metrics",
          [
            ("run_id", id), ("step", metric.step), ("name", metric.name),
            ("value", metric.value.isNaN ? nil : metric.value), ("time", time),
            ("phase", metric.phase),
          ], or: .replace)
      }
    }
  }

  /// The values of a run by name, then step; of one metric when `name` is given. Values of a
  /// version that did not store phases have them where the run's configuration tells.
  public func metrics(run id: Int64, name: String? = nil) throws -> [MetricValue] {
    try read { database in
      let values = try MetricValue.fetch(database, run: id, orderedBy: "name, step")
      return name.map { name in values.filter { $0.name == name } } ?? values
    }
  }
}

extension MetricValue {
  /// From a row of `metrics`.
  init(_ row: Row) throws {
    self.init(
      step: try row.value("step"), name: try row.value("name"),
      value: try row.value("value") ?? .nan, phase: try row.value("phase"))
  }

  /// The values of a run, with their phases.
  static func fetch(
    _ database: Database, run id: Int64, orderedBy order: String
  ) throws -> [MetricValue] {
    let values = try Row.fetchAll(
      database, sql: "SELECT * FROM metrics WHERE run_id = ? ORDER BY \(order)", arguments: [id]
    ).map(MetricValue.init)
    return try TrainingPhases.fetch(database, run: id).assigned(values)
  }
}

extension TrainingPhases {
  /// Those of a stored run.
  static func fetch(_ database: Database, run id: Int64) throws -> TrainingPhases {
    let configuration = try String.fetchOne(
      database, sql: "SELECT configuration FROM runs WHERE id = ?", arguments: [id])
    return TrainingPhases(configuration: configuration ?? "")
  }
}
