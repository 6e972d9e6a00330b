import Evaluation

/// What the rows of a report are called: by model, by dataset where there are several, and by the
/// corrector's name where it has one.
struct RowLabel {
  private let hasDatasets: Bool

  init(_ results: ExperimentResults) {
    hasDatasets = results.experiment.datasets.count > 1
  }

  func text(_ row: ResultRow) -> String { text(row, dataset: hasDatasets, corrector: true) }

  func withoutDataset(_ row: ResultRow) -> String { text(row, dataset: false, corrector: true) }

  func withoutCorrector(_ row: ResultRow) -> String {
    text(row, dataset: hasDatasets, corrector: false)
  }

  /// The dataset and, where it has a name, the corrector.
  func withoutModel(_ row: ResultRow) -> String {
    ([row.dataset] + [row.corrector].compactMap { $0 }).joined(separator: ", ")
  }

  private func text(_ row: ResultRow, dataset: Bool, corrector: Bool) -> String {
    ([ModelNames.title(row.model)] + (dataset ? [row.dataset] : [])
      + (corrector ? [row.corrector].compactMap { $0 } : [])).joined(separator: ", ")
  }
}
