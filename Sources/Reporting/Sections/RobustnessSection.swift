import Datasets
import Evaluation
import Support
import Tracking

/// Where networks break and where the correction helps: top-1 against the strength of each part of
/// the distortion.
struct RobustnessSection: ExperimentSection {
  static let name = "robustness"

  private let source: ReportSource
  private var section = PlottedSection(
    report: ReportTable(
      name: "robustness",
      caption: "Top-1 in the lowest and the highest bin of each part of the distortion.",
      table: Table(
        columns: [
          "", "distortion", "between", "draws", "distorted %", "corrected %", "improvement",
        ], labels: 3),
      data: DataTable(columns: [
        "model", "dataset", "corrector", "distortion", "unit", "from", "mean", "to", "draws",
        "distorted", "distorted_lower", "distorted_upper", "corrected", "corrected_lower",
        "corrected_upper", "improvement", "improvement_lower", "improvement_upper",
      ])))

  init(_ source: ReportSource) { self.source = source }

  /// Adds the curves of a row whose images were distorted, or a line that says why there are none.
  mutating func add(_ predicted: PredictedRow) {
    let row = predicted.row
    let uncorrected = source.experiment.uncorrected
    guard let distorted = predicted[uncorrected],
      let before = row.result(uncorrected)?.evaluation
    else { return }
    let label = source.labels.text(row)
    do {
      guard let replay = try DistortionDraws(before, store: source.store) else { return }
      let curves = StrengthCurve.all(
        distorted: distorted, corrected: predicted[.corrected], replay: replay)
      guard !curves.isEmpty || distorted.isEmpty else {
        throw UserError(
          "the distortion \(before.distortion ?? "of an unknown name") has nothing that differs from draw "
            + "to draw to sort them by")
      }
      add(curves, row, label: label)
    } catch {
      let note = "No curves of \(label): \(EvaluatedCorrector.line(error))."
      if !section.notes.contains(note) { section.notes.append(note) }
    }
  }

  private mutating func add(_ curves: [StrengthCurve], _ row: ResultRow, label: String) {
    guard curves.contains(where: { !$0.bins.isEmpty }) else {
      section.notes.append(
        "No curves of \(Markdown.cell(label)): none of its images was classified.")
      return
    }
    section.figures.add(
      StrengthPlot.plot(
        curves, title: "\(label): top-1 against the strength of the distortion",
        canonical: row.result(.canonical)?.top1.proportion),
      file: "\(source.stem)-robustness-\(FileStem.of(label)).svg")
    for curve in curves {
      for (index, bin) in curve.bins.enumerated() {
        if index == 0 || index == curve.bins.count - 1 { append(bin, curve.strength, label) }
        append(bin, curve.strength, row)
      }
    }
  }

  func finished() -> PageSection<PlottedSection.Values> { section.finished() }

  private mutating func append(
    _ bin: StrengthCurve.Bin, _ strength: DistortionStrength, _ label: String
  ) {
    let unit = strength.unit.isEmpty || strength.unit == "°" ? strength.unit : " \(strength.unit)"
    func value(_ number: Double) -> String {
      PlotNumbers.trimmed(number, decimals: strength == .hue ? 3 : 2)
    }
    section.report.table.append([
      label, strength.symbol, "\(value(bin.lower)) and \(value(bin.upper))\(unit)",
      Numbers.count(bin.distorted.total), Numbers.share(bin.distorted),
      Numbers.share(bin.corrected),
      Numbers.change(bin.difference),
    ])
  }

  private mutating func append(
    _ bin: StrengthCurve.Bin, _ strength: DistortionStrength, _ row: ResultRow
  ) {
    section.report.data.append(
      [
        .text(row.model), .text(row.dataset), .optional(row.corrector), .text(strength.rawValue),
        .text(strength.unit), .number(bin.lower), .number(bin.mean), .number(bin.upper),
        .integer(bin.distorted.total),
      ] + JSONValue.percents(bin.distorted.proportion, bin.distorted.interval)
        + JSONValue.percents(bin.corrected?.proportion, bin.corrected?.interval)
        + JSONValue.percents(bin.difference?.difference, bin.difference?.interval))
  }
}
