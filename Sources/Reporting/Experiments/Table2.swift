import Evaluation
import Support
import Tracking

/// Table 2 of the paper: a line a model (and corrector), and for each set of prints its conditions
/// and the difference that the correction makes.
struct Table2: ReportLayout {
  let results: ExperimentResults
  private var experiment: Experiment { results.experiment }

  var measured: Table {
    let label = RowLabel(results)
    // Rows of one model and corrector, a set of prints beside the other.
    let lines = Dictionary(grouping: results.rows, by: label.withoutDataset)
    return Table(
      columns: ["top-1 %"]
        + experiment.datasets.flatMap { dataset in
          (["images"] + experiment.conditions.map(\.rawValue)).map { "\(dataset.name) \($0)" }
            + (experiment.isComparing ? ["difference"] : [])
        },
      rows: results.rows.map(label.withoutDataset).distinct.map { name in
        [name]
          + experiment.datasets.flatMap { dataset -> [String] in
            guard let row = lines[name]?.last(where: { $0.dataset == dataset.name }) else {
              return []
            }
            return [row.images(experiment.conditions)] + experiment.conditions.map(row.text)
              + (experiment.isComparing ? [row.improvementText(over: experiment.uncorrected)] : [])
          }
      })
  }

  var reading: [String] {
    experiment.isComparing
      ? ["Difference is corrected minus \(experiment.uncorrected.rawValue), in points."] : []
  }
}
