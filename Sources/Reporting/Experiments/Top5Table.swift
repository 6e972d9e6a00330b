import Evaluation
import Tracking

/// Top-5 of the same cells as the table of top-1, with intervals.
struct Top5Table {
  let results: ExperimentResults

  /// `nil` where no cell knows the ranks of right classes.
  var table: Table? {
    let conditions = results.experiment.conditions
    let isKnown = results.rows.contains { row in
      conditions.contains { row.result($0)?.top5?.proportion != nil }
    }
    guard isKnown else { return nil }
    let label = RowLabel(results)
    return Table(
      columns: ["top-5 %", "images"] + conditions.map(\.rawValue),
      rows: results.rows.map { row in
        [label.text(row), row.images(conditions)] + conditions.map { Self.text(row, $0) }
      })
  }

  private static func text(_ row: ResultRow, _ condition: Condition) -> String {
    guard let result = row.result(condition) else { return row.text(condition) }
    guard let top5 = result.top5 else { return "–" }
    guard let proportion = top5.proportion else { return row.text(condition) }
    return "\(Numbers.percent(100 * proportion)) (\(Numbers.interval(top5.interval)))"
  }
}
