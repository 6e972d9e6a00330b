import Evaluation
import Tracking

/// Ours beside the published numbers, a line for each.
struct PublishedComparison {
  let results: ExperimentResults

  private var experiment: Experiment { results.experiment }

  /// `nil` when nothing was published.
  var table: Table? {
    var table = Table(
      columns: [
        "top-1 %", "", "ours", "95 % interval", "published", "difference", "published within",
      ], labels: 2)
    // Rows of several correctors share what is not corrected.
    var seen: Set<[String]> = []
    for row in results.rows {
      for condition in experiment.conditions {
        let isShared = condition != .corrected
        guard let published = row.published[condition],
          !isShared || seen.insert([row.model, row.dataset, condition.rawValue]).inserted
        else { continue }
        let result = row.result(condition)
        table.append(
          line(
            row, isShared: isShared, condition.rawValue, ours: result?.percent,
            text: Numbers.percent, interval: result?.top1.interval,
            intervalText: result.map { Numbers.interval($0.top1.interval) } ?? row.text(condition),
            published: published))
      }
      if let published = row.publishedImprovement(over: experiment.uncorrected) {
        let interval = row.comparison?.difference.interval
        table.append(
          line(
            row, isShared: false, "improvement",
            ours: row.improvement(over: experiment.uncorrected),
            text: { Numbers.points($0) }, interval: interval,
            intervalText: interval.map(Numbers.range) ?? "–", published: published))
      }
    }
    return table.rows.isEmpty ? nil : table
  }

  private func line(
    _ row: ResultRow, isShared: Bool, _ what: String, ours: Double?, text: (Double) -> String,
    interval: Interval?, intervalText: String, published: Double
  ) -> [String] {
    let label = RowLabel(results)
    let isWithin = interval.map { $0.percent.contains(published) ? "yes" : "no" }
    return [
      isShared ? label.withoutCorrector(row) : label.text(row), what, ours.map(text) ?? "–",
      intervalText, text(published), ours.map { Numbers.points($0 - published) } ?? "–",
      ours == nil ? "–" : isWithin ?? "–",
    ]
  }
}
