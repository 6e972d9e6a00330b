import Evaluation

/// Whether networks are as often right as they are sure.
struct CalibrationSection {
  private let stem: String
  private(set) var section = PageSection()
  /// Cells that stand in the table: rows of several correctors share the uncorrected ones.
  private var known: Set<Int64> = []
  private var table = Table(
    columns: ["", "condition", "predictions", "right %", "confidence %", "ECE %"], labels: 2)
  private var data = DataTable(columns: [
    "model", "dataset", "corrector", "condition", "bin", "predictions", "confidence", "right",
    "lower", "upper", "ece",
  ])

  init(stem: String) { self.stem = stem }

  /// Adds the conditions of a row, with their evaluations' ids.
  mutating func add(
    _ cells: [(condition: Condition, evaluation: Int64, calibration: Calibration)],
    _ row: ResultRow, label: String, sharedLabel: String
  ) {
    let cells = cells.filter { $0.calibration.total > 0 }
    guard !cells.isEmpty else { return }
    section.add(
      plot: ReliabilityPlot.plot(
        cells.map { ($0.condition.rawValue, $0.calibration) },
        title: "\(label): how often right, how sure"),
      file: "\(stem)-calibration-\(FileStem.of(label)).svg")
    for cell in cells where known.insert(cell.evaluation).inserted {
      let (condition, calibration) = (cell.condition, cell.calibration)
      func percent(_ share: Double?) -> String {
        share.map { Numbers.percent(100 * $0) } ?? "–"
      }
      table.append([
        condition == .corrected ? label : sharedLabel, condition.rawValue,
        Numbers.count(calibration.total), percent(calibration.accuracy),
        percent(calibration.confidence), percent(calibration.expectedError),
      ])
      for bin in calibration.bins {
        data.append([
          .text(row.model), .text(row.dataset),
          condition == .corrected ? .optional(row.corrector) : .missing,
          .text(condition.rawValue), .integer(bin.index + 1), .integer(bin.accuracy.total),
          .number(100 * bin.confidence), .optional(bin.accuracy.proportion.map { 100 * $0 }),
          .number(100 * bin.accuracy.interval.lower), .number(100 * bin.accuracy.interval.upper),
          .optional(calibration.expectedError.map { 100 * $0 }),
        ])
      }
    }
  }

  /// The section with its table; without values when there was nothing to add.
  func finished() -> PageSection {
    var section = section
    guard !table.rows.isEmpty else { return section }
    section.values["bins"] = "\(Calibration.binCount)"
    section.add(
      ReportTable(
        name: "calibration",
        caption: "Accuracy, mean confidence and expected calibration error (ECE).", table: table,
        data: data))
    return section
  }
}
