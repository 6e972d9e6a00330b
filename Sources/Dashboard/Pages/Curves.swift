import Evaluation
import Support
import Tracking

/// A phase of a metric's curve as the page draws it, written as JSON at once: a page that follows a run asks
/// for some curves every second, beside a training.
private struct CurvePhase {
  let name: String?
  /// Of each part: its first and last step, lowest, mean and highest value (null where none is a
  /// number), how many values it stands for, and how many of them are no finite numbers.
  var points: [String] = []
  /// The best value's, by what is better; `nil` where nothing is.
  var best: Double?

  init(name: String?) { self.name = name }

  mutating func add(_ point: CurvePoint) {
    let values = point.values.map { "\($0.low),\($0.mean),\($0.high)" } ?? "null,null,null"
    points.append(
      "[\(point.steps.lowerBound),\(point.steps.upperBound),\(values),\(point.count),"
        + "\(point.unfinite)]")
  }

  func json() throws -> String {
    let best = best.map { "\($0)" } ?? "null"
    return "{\"name\":\(try JSONValue.optional(name).embedded()),\"best\":\(best),"
      + "\"points\":[\(points.joined(separator: ","))]}"
  }
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
    var phases: [CurvePhase] = []
    var (count, unfinite) = (0, 0)
    for point in try store.curve(run: run, metric: metric, steps: steps, points: points) {
      count += point.count
      unfinite += point.unfinite
      if phases.isEmpty || phases.last?.name != point.phase {
        phases.append(CurvePhase(name: point.phase))
      }
      let last = phases.count - 1
      phases[last].add(point)
      guard let found = point.values, point.phase != nil else { continue }
      let known = phases[last].best
      switch direction {
      case .less: phases[last].best = min(known ?? found.low, found.low)
      case .more: phases[last].best = max(known ?? found.high, found.high)
      case .none: break
      }
    }
    let parts = try phases.map { try $0.json() }.joined(separator: ",")
    return "{\"metric\":\(try JSONValue.text(metric).embedded()),\"direction\":\"\(direction)\","
      + "\"count\":\(count),"
      + "\"unfinite\":\(unfinite),\"phases\":[\(parts)]}"
  }
}
