import Evaluation
import Support

/// Where networks break and where the correction helps: top-1 against the strength of each part of
/// the distortion.
struct RobustnessSection {
  let stem: String
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

  init(stem: String) { self.stem = stem }

  /// Adds the curves of a row.
  mutating func add(
    _ curves: [StrengthCurve], _ row: ResultRow, label: String, canonical: Double?
  ) {
    guard curves.contains(where: { !$0.bins.isEmpty }) else {
      let reason =
        curves.isEmpty
        ? "the draws of its distortion cannot be reproduced" : "none of its images was classified"
      section.notes.append("No curves of \(Markdown.cell(label)): \(reason).")
      return
    }
    section.figures.add(
      StrengthPlot.plot(
        curves, title: "\(label): top-1 against the strength of the distortion",
        canonical: canonical),
      file: "\(stem)-robustness-\(FileStem.of(label)).svg")
    for curve in curves {
      for (index, bin) in curve.bins.enumerated() {
        if index == 0 || index == curve.bins.count - 1 { append(bin, curve.strength, label) }
        append(bin, curve.strength, row)
      }
    }
  }

  /// Adds a line that says why there are no curves, once.
  mutating func add(note: String) {
    if !section.notes.contains(note) { section.notes.append(note) }
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
    func values(_ share: Double?, _ interval: Interval?) -> [JSONValue] {
      let interval = share == nil ? nil : interval
      return [.percent(share), .percent(interval?.lower), .percent(interval?.upper)]
    }
    section.report.data.append(
      [
        .text(row.model), .text(row.dataset), .optional(row.corrector), .text(strength.rawValue),
        .text(strength.unit), .number(bin.lower), .number(bin.mean), .number(bin.upper),
        .integer(bin.distorted.total),
      ] + values(bin.distorted.proportion, bin.distorted.interval)
        + values(bin.corrected?.proportion, bin.corrected?.interval)
        + values(bin.difference?.difference, bin.difference?.interval))
  }
}
