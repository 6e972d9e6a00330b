import Evaluation

/// The experiment's own tables: top-1, differences, and what was published.
struct ResultsSection {
  let results: ExperimentResults

  var section: PageSection {
    let report = ExperimentReport(results)
    var section = PageSection()
    section.add(
      ReportTable(
        name: "top1", caption: report.title, table: report.layout.measured, data: Self.data(results)
      ))
    section.values["reading"] = report.reading
    let differences = Differences(results: results)
    if let table = differences.table {
      section.add(
        ReportTable(
          name: "differences",
          caption: "What the correction changed, with 95 % intervals and exact p-values.",
          table: table, data: Self.data(differences)), as: "differences")
      section.values["differences_reading"] = differences.reading
    }
    if let table = PublishedComparison(results: results).table,
      let published = results.experiment.published
    {
      section.values["published"] = [
        "source": published.source, "table": table.markdown.trimmedLines,
      ]
    }
    if !report.dataNotes.isEmpty {
      section.values["data_notes"] = report.dataNotes.joined(separator: "\n")
    }
    if !report.failures.isEmpty {
      section.values["failures"] = report.failures.joined(separator: "\n")
    }
    return section
  }

  private static func data(_ results: ExperimentResults) -> DataTable {
    var table = DataTable(columns: [
      "model", "dataset", "corrector", "condition", "images", "draws", "correct", "total", "top1",
      "lower", "upper", "published",
    ])
    for row in results.rows {
      for condition in results.experiment.conditions {
        let result = row.result(condition)
        let isKnown = result?.percent != nil
        table.append([
          .text(row.model), .text(row.dataset), .optional(row.corrector),
          .text(condition.rawValue), .optional(result?.top1.clusters),
          .optional(result?.evaluation.draws), .optional(result?.top1.correct),
          .optional(result?.top1.total), .optional(result?.percent),
          .optional(isKnown ? result.map { 100 * $0.top1.interval.lower } : nil),
          .optional(isKnown ? result.map { 100 * $0.top1.interval.upper } : nil),
          .optional(row.published[condition]),
        ])
      }
    }
    return table
  }

  private static func data(_ differences: Differences) -> DataTable {
    var table = DataTable(columns: [
      "model", "dataset", "corrector", "against", "images", "improvement", "lower", "upper",
      "images_better", "images_worse", "draws_fixed", "draws_broken", "p", "p_holm",
    ])
    for line in differences.lines {
      let comparison = line.comparison
      let difference = comparison.difference
      table.append([
        .text(line.row.model), .text(line.row.dataset), .optional(line.row.corrector),
        .text(differences.results.experiment.uncorrected.rawValue),
        .integer(difference.after.clusters), .optional(difference.difference.map { 100 * $0 }),
        .number(100 * difference.interval.lower), .number(100 * difference.interval.upper),
        .integer(comparison.improvedItems), .integer(comparison.worsenedItems),
        .integer(comparison.fixed), .integer(comparison.broken), .number(comparison.p),
        .number(line.adjusted),
      ])
    }
    return table
  }
}
