/// A section of plots and one table, put together piece by piece.
struct PlottedSection {
  /// What the template sets.
  struct Values: Encodable {
    /// How many bins the predictions are sorted into, where readers need to know.
    var bins: String?
    let notes: [String]
    let figures: [Figure]
    let table: String?
  }

  var figures = Figures()
  var notes: [String] = []
  var report: ReportTable

  /// The section; without values when there was nothing to add.
  func finished(bins: String? = nil) -> PageSection<Values> {
    let report = report.unlessEmpty
    guard report != nil || !notes.isEmpty || !figures.files.isEmpty else { return PageSection() }
    return PageSection(
      values: Values(
        bins: bins, notes: notes, figures: figures.shown, table: report?.markdown),
      files: figures.files, tables: [report].compactMap { $0 })
  }
}
