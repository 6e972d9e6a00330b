import Evaluation
import Support
import Tracking

/// Training runs that differ in nothing but the seed, taken together: how far a metric varies between
/// seeds.
struct RepeatsSection {
  /// A run as the table names it.
  typealias Run = (label: String, metrics: [MetricValue])

  /// Those of one recipe, two or more.
  private let groups: [[Run]]

  /// - Parameter recipes: the runs of each; single ones are left out.
  init(_ recipes: [[Run]]) { groups = recipes.filter { $0.count > 1 } }

  var isEmpty: Bool { groups.isEmpty }

  var report: ReportTable {
    var table = Table(columns: ["runs", "metric", "phase", "at the end", "best"], labels: 3)
    var data = DataTable(columns: [
      "subjects", "runs", "metric", "phase", "last_mean", "last_sd", "best_mean", "best_sd",
    ])
    for group in groups {
      let labels = group.map(\.label).joined(separator: ", ")
      let summaries = group.map { MetricSummary.all($0.metrics) }
      for name in Set(summaries.joined().map(\.name)).sorted()
      where !name.hasPrefix("validation/distorted/") {
        let found = summaries.map { $0.first { $0.name == name }?.phases ?? [] }
        for phase in found.joined().map(\.name).distinct {
          let parts = found.compactMap { $0.first { $0.name == phase } }
          // Ends at other steps say nothing about seeds.
          let isSame = parts.count == group.count && Set(parts.map(\.last.step)).count == 1
          let last = isSame ? Spread(parts.map(\.last.value)) : nil
          let best = isSame ? Spread(parts.compactMap { $0.best?.value }, of: group.count) : nil
          guard last != nil else { continue }
          table.append([labels, name, phase ?? "–", Self.text(last), Self.text(best)])
          data.append([
            .text(labels), .integer(group.count), .text(name), .optional(phase),
            .optional(last?.mean), .optional(last?.deviation), .optional(best?.mean),
            .optional(best?.deviation),
          ])
        }
      }
    }
    return ReportTable(
      name: "repeats",
      caption: "Runs that differ in the seed alone: mean ± standard deviation over the seeds.",
      table: table, data: data)
  }

  private static func text(_ spread: Spread?) -> String {
    spread.map { "\(Numbers.metric($0.mean)) ± \(Numbers.metric($0.deviation))" } ?? "–"
  }

  /// Mean and standard deviation, unbiased.
  private struct Spread {
    let mean: Double
    let deviation: Double

    /// - Parameter count: how many there must be.
    init?(_ values: [Double], of count: Int? = nil) {
      guard values.count > 1, values.count == count ?? values.count else { return nil }
      let mean = values.reduce(0, +) / Double(values.count)
      self.mean = mean
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      deviation = (squares / Double(values.count - 1)).squareRoot()
    }
  }
}
