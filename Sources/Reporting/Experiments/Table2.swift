import Evaluation
import Tracking

/// Table 2 of the paper: a line a model (and corrector), and for each set of prints its conditions
/// and the difference that the correction makes.
struct Table2: ReportLayout {
  private let results: ExperimentResults
  private let experiment: Experiment

  init(_ results: ExperimentResults) {
    self.results = results
    experiment = results.experiment
  }

  var measured: Table {
    let label = RowLabel(results)
    var table = Table(
      columns: ["top-1 %"]
        + experiment.datasets.flatMap { dataset in
          (["images"] + experiment.conditions.map(\.rawValue)).map { "\(dataset.name) \($0)" }
            + (experiment.isComparing ? ["difference"] : [])
        })
    // Rows of one model and corrector, a set of prints beside the other.
    var lines: [(label: String, rows: [String: ResultRow])] = []
    for row in results.rows {
      let name = label.withoutDataset(row)
      if let index = lines.firstIndex(where: { $0.label == name }) {
        lines[index].rows[row.dataset] = row
      } else {
        lines.append((name, [row.dataset: row]))
      }
    }
    for line in lines {
      table.append(
        [line.label]
          + experiment.datasets.flatMap { dataset -> [String] in
            guard let row = line.rows[dataset.name] else { return [] }
            return [row.images(experiment.conditions)] + experiment.conditions.map(row.text)
              + (experiment.isComparing ? [row.improvementText(over: experiment.uncorrected)] : [])
          })
    }
    return table
  }

  var reading: [String] {
    experiment.isComparing
      ? ["Difference is corrected minus \(experiment.uncorrected.rawValue), in points."] : []
  }
}
