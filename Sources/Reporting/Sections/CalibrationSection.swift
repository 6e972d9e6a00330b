import Evaluation
import Support
import Tracking

/// Calibration: whether accuracy matches confidence.
struct CalibrationSection: ExperimentSection {
  static let name = "calibration"

  private let source: ReportSource
  /// Cells that stand in the table: rows of several correctors share the uncorrected ones.
  private var known: Set<Int64> = []
  private var section = PlottedSection(
    report: ReportTable(
      name: "calibration",
      caption: "Accuracy, mean confidence and expected calibration error (ECE).",
      table: Table(
        columns: [
          "", "condition", "images", "predictions", "accuracy %", "confidence %", "ECE %",
          "95 % interval of the ECE",
        ], labels: 2),
      data: DataTable(columns: [
        "model", "dataset", "corrector", "condition", "bin", "predictions", "confidence", "right",
        "lower", "upper", "ece", "ece_lower", "ece_upper", "images",
      ])))

  init(_ source: ReportSource) { self.source = source }

  mutating func add(_ predicted: PredictedRow) {
    let row = predicted.row
    let (label, sharedLabel) = (source.labels.text(row), source.labels.withoutCorrector(row))
    let cells = predicted.outcomes.compactMap { condition, outcomes in
      row.result(condition).map { cell in
        (
          condition: condition, evaluation: cell.evaluation.id,
          calibration: Calibration(outcomes)
        )
      }
    }
    for cell in cells where cell.calibration.total == 0 && known.insert(cell.evaluation).inserted {
      let name = cell.condition == .corrected ? label : sharedLabel
      section.notes.append(
        "No calibration of \(Markdown.cell(name)), \(cell.condition.rawValue): there is no prediction "
          + "with a confidence.")
    }
    let predicting = cells.filter { $0.calibration.total > 0 }
    guard !predicting.isEmpty else { return }
    section.figures.add(
      ReliabilityPlot.plot(
        predicting.map { ($0.condition.rawValue, $0.calibration) },
        title: "\(label): calibration"),
      file: "\(source.stem)-calibration-\(FileStem.of(label)).svg")
    for cell in predicting where known.insert(cell.evaluation).inserted {
      let (condition, calibration) = (cell.condition, cell.calibration)
      section.report.table.append([
        condition == .corrected ? label : sharedLabel, condition.rawValue,
        Numbers.count(calibration.images), Numbers.count(calibration.total),
        Numbers.share(calibration.accuracy), Numbers.share(calibration.confidence),
        error(calibration), calibration.expectedErrorInterval.map(Numbers.interval) ?? "–",
      ])
      for bin in calibration.bins {
        section.report.data.append([
          .text(row.model), .text(row.dataset),
          condition == .corrected ? .optional(row.corrector) : .null,
          .text(condition.rawValue), .integer(bin.index + 1), .integer(bin.accuracy.total),
          .number(100 * bin.confidence), .percent(bin.accuracy.proportion),
          .percent(bin.accuracy.interval.lower), .percent(bin.accuracy.interval.upper),
          .percent(calibration.expectedError), .percent(calibration.expectedErrorInterval?.lower),
          .percent(calibration.expectedErrorInterval?.upper), .integer(calibration.images),
        ])
      }
    }
  }

  /// Without an interval, no more digits than mean something.
  private func error(_ calibration: Calibration) -> String {
    guard let error = calibration.expectedError else { return "–" }
    return Numbers.fixed(100 * error, decimals: calibration.expectedErrorInterval == nil ? 0 : 2)
  }

  func finished() -> PageSection<PlottedSection.Values> {
    section.finished(bins: "\(Calibration.binCount)")
  }
}
