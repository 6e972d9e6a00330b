import Evaluation

/// Where networks break and where the correction helps: top-1 against the strength of each part of
/// the distortion.
struct RobustnessSection {
  /// What the template sets.
  struct Values: Encodable {
    var notes: [String] = []
    var figures: [Figure] = []
    var table: String?
  }

  private let stem: String
  private var figures = Figures()
  private var notes: [String] = []
  private var table = Table(
    columns: ["", "distortion", "between", "draws", "distorted %", "corrected %", "improvement"],
    labels: 3)
  private var data = DataTable(columns: [
    "model", "dataset", "corrector", "distortion", "unit", "from", "mean", "to", "draws",
    "distorted", "distorted_lower", "distorted_upper", "corrected", "corrected_lower",
    "corrected_upper", "improvement", "improvement_lower", "improvement_upper",
  ])

  init(stem: String) { self.stem = stem }

  /// Adds the curves of a row.
  mutating func add(
    _ curves: [StrengthCurve], _ row: ResultRow, label: String, canonical: Double?
  ) {
    guard curves.contains(where: { !$0.bins.isEmpty }) else {
      let reason =
        curves.isEmpty
        ? "the draws of its distortion cannot be reproduced" : "none of its images was classified"
      notes.append("No curves of \(Markdown.cell(label)): \(reason).")
      return
    }
    figures.add(
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
    if !notes.contains(note) { notes.append(note) }
  }

  /// The section with its table; without values when there was nothing to add.
  func finished() -> PageSection<Values> {
    guard !table.rows.isEmpty || !notes.isEmpty || !figures.files.isEmpty else {
      return PageSection()
    }
    let report = ReportTable(
      name: "robustness",
      caption: "Top-1 in the lowest and the highest bin of each part of the distortion.",
      table: table, data: data)
    let tables = table.rows.isEmpty ? [] : [report]
    return PageSection(
      values: Values(notes: notes, figures: figures.shown, table: tables.first?.markdown),
      files: figures.files, tables: tables)
  }

  private mutating func append(
    _ bin: StrengthCurve.Bin, _ strength: DistortionStrength, _ label: String
  ) {
    let unit = strength.unit.isEmpty || strength.unit == "°" ? strength.unit : " \(strength.unit)"
    func value(_ number: Double) -> String {
      PlotNumbers.trimmed(number, decimals: strength == .hue ? 3 : 2)
    }
    table.append([
      label, strength.symbol, "\(value(bin.lower)) and \(value(bin.upper))\(unit)",
      Numbers.count(bin.distorted.total), Numbers.share(bin.distorted),
      Numbers.share(bin.corrected),
      bin.difference.flatMap { difference in
        difference.difference.map {
          "\(Numbers.points(100 * $0)) (\(Numbers.range(difference.interval)))"
        }
      } ?? "–",
    ])
  }

  private mutating func append(
    _ bin: StrengthCurve.Bin, _ strength: DistortionStrength, _ row: ResultRow
  ) {
    func values(_ proportion: ClusteredProportion?) -> [DataTable.Value] {
      let share = proportion?.proportion
      let interval = share == nil ? nil : proportion?.interval
      return [
        .optional(share.map { 100 * $0 }), .optional(interval.map { 100 * $0.lower }),
        .optional(interval.map { 100 * $0.upper }),
      ]
    }
    let difference = bin.difference?.difference
    let interval = difference == nil ? nil : bin.difference?.interval
    data.append(
      [
        .text(row.model), .text(row.dataset), .optional(row.corrector), .text(strength.rawValue),
        .text(strength.unit), .number(bin.lower), .number(bin.mean), .number(bin.upper),
        .integer(bin.distorted.total),
      ] + values(bin.distorted) + values(bin.corrected) + [
        .optional(difference.map { 100 * $0 }), .optional(interval.map { 100 * $0.lower }),
        .optional(interval.map { 100 * $0.upper }),
      ])
  }
}
