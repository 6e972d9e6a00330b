import Evaluation
import Support
import Tracking

/// A metric's curve as the page draws it.
private struct CurveValues: Encodable {
  struct Phase: Encodable {
    let name: String?
    /// Of each part: its first and last step, lowest, mean and highest value (null where none is a
    /// number), how many values it stands for, and how many of them are no finite numbers.
    var points: [[JSONValue]]
    /// The best value's, by what is better; null where nothing is.
    var best: Double?
  }
  let metric: String
  let direction: String
  var phases: [Phase] = []
  /// Values that the points stand for.
  var count = 0
  /// Of those, values that are infinite or not a number.
  var unfinite = 0
}

extension DashboardSite {
  /// The most points of a curve.
  private static let points = 600

  func curve(_ run: Int64, _ query: Query) throws -> String {
    let low = try query.integer("from", in: 0...1_000_000_000_000)
    let high = try query.integer("to", in: 0...1_000_000_000_000)
    let steps = low.flatMap { low in high.map { low...max(low, $0) } }
    let store = try database.store()
    let metric = query["metric"]
    guard try store.metricNames(run: run).contains(metric) else {
      throw PageError.notFound("Run \(run) has no such metric.")
    }
    return try curve(run, metric: metric, steps, points: Self.points, store)
  }

  /// Values of different phases are apart, as a loss of one says nothing beside a loss of another.
  func curve(
    _ run: Int64, metric: String, _ steps: ClosedRange<Int>?, points: Int, _ store: Store
  ) throws -> String {
    let direction = MetricSummary.direction(of: metric)
    var values = CurveValues(metric: metric, direction: "\(direction)")
    for point in try store.curve(run: run, metric: metric, steps: steps, points: points) {
      values.count += point.count
      values.unfinite += point.unfinite
      if values.phases.isEmpty || values.phases.last?.name != point.phase {
        values.phases.append(.init(name: point.phase, points: []))
      }
      let last = values.phases.count - 1
      values.phases[last].points.append([
        .integer(point.steps.lowerBound), .integer(point.steps.upperBound),
        .optional(point.values?.low), .optional(point.values?.mean),
        .optional(point.values?.high), .integer(point.count), .integer(point.unfinite),
      ])
      guard let found = point.values, point.phase != nil else { continue }
      let known = values.phases[last].best
      switch direction {
      case .less: values.phases[last].best = min(known ?? found.low, found.low)
      case .more: values.phases[last].best = max(known ?? found.high, found.high)
      case .none: break
      }
    }
    return try JSONValue(encoding: values).embedded()
  }
}
