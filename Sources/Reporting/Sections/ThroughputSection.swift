import Evaluation
import Support
import Tracking

/// The throughput of runs, from their times and counts: measured once, whatever else the machine did.
struct ThroughputSection {
  private var report = ReportTable(
    name: "throughput", caption: "Throughput, measured once; not a benchmark.",
    table: Table(
      columns: ["run", "what", "count", "seconds", "per second", "threads, engine"], labels: 2),
    data: DataTable(columns: ["run", "kind", "count", "seconds", "per_second"]))

  /// A run that computed predictions.
  ///
  /// - Parameter isAlone: whether no other run computed a part of them.
  mutating func add(_ run: RunRecord, predictions: Int, isAlone: Bool, surroundings: String) {
    let seconds = run.resumed == 0 && isAlone ? Self.seconds(run) : nil
    let speed = seconds.flatMap { $0 > 0 ? Double(predictions) / $0 : nil }
    append(
      run, "predictions", count: predictions, seconds, speed, surroundings,
      without: isAlone ? nil : "shared with other runs")
  }

  /// A training run, a line for each phase: batches and stages differ.
  mutating func add(_ run: RunRecord, speeds: [(phase: String?, speed: Double)]) {
    let seconds = run.resumed == 0 ? Self.seconds(run) : nil
    guard !speeds.isEmpty else { return append(run, "training", count: nil, seconds, nil, "") }
    for (phase, speed) in speeds {
      // The time is that of the whole run.
      append(
        run, "images trained on (median)" + (phase.map { ", phase \($0)" } ?? ""), count: nil,
        speeds.count == 1 ? seconds : nil, speed, "", isPart: speeds.count > 1)
    }
    if speeds.count > 1 { append(run, "all phases", count: nil, seconds, nil, "") }
  }

  private mutating func append(
    _ run: RunRecord, _ what: String, count: Int?, _ seconds: Double?, _ speed: Double?,
    _ surroundings: String, without reason: String? = nil, isPart: Bool = false
  ) {
    let state = run.status == .finished ? "unknown" : run.status.rawValue
    report.table.append([
      "\(run.id)", what, count.map(Numbers.count) ?? "–",
      seconds.map { PlotNumbers.trimmed($0, decimals: 1) }
        ?? (isPart ? "–" : reason ?? (run.resumed > 0 ? "continued" : state)),
      speed.map { PlotNumbers.trimmed($0, decimals: $0 < 10 ? 2 : 0) } ?? "–",
      surroundings.isEmpty ? "–" : surroundings,
    ])
    report.data.append([
      .integer(Int(run.id)), .text(run.kind.rawValue), .optional(count),
      .optional(seconds), .optional(speed),
    ])
  }

  /// What the template sets.
  struct Values: Encodable {
    let table: String
  }

  /// The section; without values when there was no run.
  func finished() -> PageSection<Values> {
    guard let report = report.unlessEmpty else { return PageSection() }
    return PageSection(values: Values(table: report.markdown), tables: [report])
  }

  private static func seconds(_ run: RunRecord) -> Double? {
    // Times are stored in milliseconds.
    run.duration.map { ($0 * 1000).rounded() / 1000 }.flatMap { $0 >= 0 ? $0 : nil }
  }
}

extension ThroughputSection: ExperimentSection {
  static let name = "throughput"

  /// The runs that computed an experiment's cells.
  init(_ source: ReportSource) throws {
    self.init()
    for run in source.results.runs {
      let configuration = run.evaluation
      let surroundings = configuration.map { "\($0.engine), \($0.precision)" }
      let own = source.results.evaluations.filter { $0.runID == run.id }
      // What others computed of a run's cells took it no time.
      let isAlone =
        configuration?.shard == nil && own.allSatisfy { $0.startedAt >= run.startedAt }
      add(
        run, predictions: try source.store.predictionCount(run: run.id), isAlone: isAlone,
        surroundings: [own.first.map { "\($0.threads) threads" }, surroundings].compactMap { $0 }
          .joined(separator: ", "))
    }
  }
}
