import Evaluation

/// What the rows of a report are called: by model, and by dataset and corrector where there are
/// several.
struct RowLabel {
  private let hasDatasets: Bool

  init(_ results: ExperimentResults) {
    hasDatasets = results.experiment.datasets.count > 1
  }

  func text(_ row: ResultRow) -> String {
    ([ModelNames.title(row.model)] + (hasDatasets ? [row.dataset] : [])).joined(separator: ", ")
  }
}
