import Evaluation
import Tracking

/// Table 1 of the paper: a line a model, a column a condition.
struct Table1: ReportLayout {
  let results: ExperimentResults
  private var experiment: Experiment { results.experiment }

  private var isRecovering: Bool {
    experiment.isComparing && experiment.conditions.contains(.canonical)
  }

  /// Top-1 and interval of each condition, improvement and share of the drop recovered.
  var measured: Table {
    let label = RowLabel(results)
    var columns = ["top-1 %", "images"] + experiment.conditions.map(\.rawValue)
    if experiment.isComparing { columns.append("improvement") }
    if isRecovering { columns.append("drop recovered") }
    let rows = results.rows.map { row in
      var cells =
        [label.text(row), row.images(experiment.conditions)]
        + experiment.conditions.map(row.text)
      if experiment.isComparing { cells.append(row.improvementText(over: experiment.uncorrected)) }
      if isRecovering { cells.append(recovered(row).map { "\(Int($0.rounded())) %" } ?? "–") }
      return cells
    }
    return Table(columns: columns, rows: rows)
  }

  private func recovered(_ row: ResultRow) -> Double? {
    Recovery.percent(
      canonical: row.result(.canonical)?.percent,
      distorted: row.result(experiment.uncorrected)?.percent,
      corrected: row.result(.corrected)?.percent)
  }

  var reading: [String] {
    isRecovering
      ? [
        "Drop recovered is the improvement in percent of canonical minus "
          + "\(experiment.uncorrected.rawValue)."
      ] : []
  }
}
