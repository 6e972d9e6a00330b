import Evaluation
import Tracking

/// Calibration: whether accuracy matches confidence.
struct CalibrationSection: ExperimentSection {
  static let name = "calibration"

  /// What the template sets.
  struct Values: Encodable {
    var bins = "\(Calibration.binCount)"
    var notes: [String] = []
    var figures: [Figure] = []
    var table: String?
  }

  private let source: ReportSource
  private var figures = Figures()
  /// Cells that stand in the table: rows of several correctors share the uncorrected ones.
  private var known: Set<Int64> = []
  private var table = Table(
    columns: [
      "", "condition", "images", "predictions", "accuracy %", "confidence %", "ECE %",
      "95 % interval of the ECE",
    ], labels: 2)
  private var notes: [String] = []
  private var data = DataTable(columns: [
    "model", "dataset", "corrector", "condition", "bin", "predictions", "confidence", "right",
    "lower", "upper", "ece", "ece_lower", "ece_upper", "images",
  ])

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
      notes.append(
        "No calibration of \(Markdown.cell(name)), \(cell.condition.rawValue): there is no prediction "
          + "with a confidence.")
    }
    let predicting = cells.filter { $0.calibration.total > 0 }
    guard !predicting.isEmpty else { return }
    figures.add(
      ReliabilityPlot.plot(
        predicting.map { ($0.condition.rawValue, $0.calibration) },
        title: "\(label): calibration"),
      file: "\(source.stem)-calibration-\(FileStem.of(label)).svg")
    for cell in predicting where known.insert(cell.evaluation).inserted {
      let (condition, calibration) = (cell.condition, cell.calibration)
      func percent(_ share: Double?) -> String {
        share.map { Numbers.percent(100 * $0) } ?? "–"
      }
      table.append([
        condition == .corrected ? label : sharedLabel, condition.rawValue,
        Numbers.count(calibration.images), Numbers.count(calibration.total),
        percent(calibration.accuracy), percent(calibration.confidence),
        error(calibration), calibration.expectedErrorInterval.map(Numbers.interval) ?? "–",
      ])
      for bin in calibration.bins {
        data.append([
          .text(row.model), .text(row.dataset),
          condition == .corrected ? .optional(row.corrector) : .missing,
          .text(condition.rawValue), .integer(bin.index + 1), .integer(bin.accuracy.total),
          .number(100 * bin.confidence), .optional(bin.accuracy.proportion.map { 100 * $0 }),
          .number(100 * bin.accuracy.interval.lower), .number(100 * bin.accuracy.interval.upper),
          .optional(calibration.expectedError.map { 100 * $0 }),
          .optional(calibration.expectedErrorInterval.map { 100 * $0.lower }),
          .optional(calibration.expectedErrorInterval.map { 100 * $0.upper }),
          .integer(calibration.images),
        ])
      }
    }
  }

  /// Without an interval, no more digits than mean something.
  private func error(_ calibration: Calibration) -> String {
    guard let error = calibration.expectedError else { return "–" }
    return Numbers.fixed(100 * error, decimals: calibration.expectedErrorInterval == nil ? 0 : 2)
  }

  /// The section with its table; without values when there was nothing to add.
  func finished() -> PageSection<Values> {
    guard !table.rows.isEmpty || !notes.isEmpty else { return PageSection() }
    let report = ReportTable(
      name: "calibration",
      caption: "Accuracy, mean confidence and expected calibration error (ECE).", table: table,
      data: data)
    let tables = table.rows.isEmpty ? [] : [report]
    return PageSection(
      values: Values(notes: notes, figures: figures.shown, table: tables.first?.markdown),
      files: figures.files, tables: tables)
  }
}
