import Reporting
import Support
import Tracking

/// Charts by the first part of their metrics' names, those on held-out photos first.
struct ChartGroups {
  /// A curve of a chart.
  struct Series: Encodable { let name, address: String }
  /// A curve's name in the legend.
  struct Name: Encodable { let name, look: String }
  struct Chart: Encodable {
    let metric, id, series: String
    /// What stands beside the metric's name.
    let last: String?
    let note: String
    /// The curves themselves, where they are not asked for later.
    let data: String?
  }
  struct Group: Encodable {
    let group: String
    let charts: [Chart]
  }

  let groups: [Group]
  var names: [Name] = []
  /// The phases that the charts have in common, as JSON.
  let phases: String

  private struct Phase: Encodable {
    let name: String
    let first, last: Int
  }

  /// The charts of one run.
  ///
  /// - Parameter data: the curves of a metric, where they are not asked for later.
  init(
    of run: RunRecord, _ last: [MetricValue], data: (_ metric: String) throws -> String?
  ) throws {
    phases = try Self.json(TrainingPhases(configuration: run.configuration).phases)
    groups = try Self.grouped(last.map(\.name)) { metric in
      let value = last.first { $0.name == metric }
      return Chart(
        metric: metric, id: Self.id(metric), series: try Self.series([(run.id, "")], metric),
        last: value.map { Numbers.metric($0.value) },
        note: value.map { "last, at step \(Numbers.count($0.step))" } ?? "",
        data: try data(metric))
    }
  }

  /// The curves of several runs over each other, of the metrics that two or more have.
  init(comparing runs: [Int64], _ store: Store) throws {
    let known = try runs.map { Set(try store.metricNames(run: $0)) }
    let shared = Set(known.joined()).filter { name in known.count { $0.contains(name) } > 1 }
    names = try runs.enumerated().map { index, id in
      Name(name: "run \(id): \(try store.run(id)?.name ?? "")", look: "s\(index)")
    }
    let phases = try runs.compactMap { try store.run($0) }.map {
      TrainingPhases(configuration: $0.configuration).phases
    }
    let areSame = phases.allSatisfy {
      $0.map(\.name) == phases[0].map(\.name) && $0.map(\.steps) == phases[0].map(\.steps)
    }
    self.phases = try Self.json(areSame ? phases.first ?? [] : [])
    groups = try Self.grouped(Array(shared)) { metric in
      // A run without the metric keeps its place, and with it its colour.
      Chart(
        metric: metric, id: Self.id(metric),
        series: try Self.series(
          zip(runs, known).map { ($0, $1.contains(metric) ? "run \($0)" : nil) }, metric),
        last: nil, note: "", data: nil)
    }
  }

  private static func grouped(
    _ metrics: [String], _ chart: (String) throws -> Chart
  ) throws -> [Group] {
    let parts = Dictionary(grouping: metrics) { String($0.prefix { $0 != "/" }) }
    let names = parts.keys.sorted()
    let ordered = names.filter { $0 == "validation" } + names.filter { $0 != "validation" }
    return try ordered.map { name in
      Group(group: name, charts: try (parts[name] ?? []).sorted().map(chart))
    }
  }

  private static func id(_ metric: String) -> String { "chart-" + Links.fileName(metric) }

  /// Where each run's curve is; an empty address for a run that has none.
  private static func series(
    _ runs: [(id: Int64, name: String?)], _ metric: String
  ) throws -> String {
    let all = runs.map { run in
      Series(
        name: run.name ?? "",
        address: run.name == nil
          ? "" : Links.query("/runs/\(run.id)/curve", [("metric", metric)]))
    }
    return try JSONValue(encoding: all).line()
  }

  private static func json(_ phases: [TrainingPhases.Phase]) throws -> String {
    try JSONValue(
      encoding: phases.map {
        Phase(name: $0.name, first: $0.steps.lowerBound, last: $0.steps.upperBound)
      }
    ).embedded()
  }
}
