import Evaluation
import Support

/// The experiment's own tables: top-1, differences, and what was published.
struct ResultsSection: ExperimentSection {
  static let name = "results"

  private let results: ExperimentResults

  init(_ results: ExperimentResults) { self.results = results }

  init(_ source: ReportSource) { self.init(source.results) }

  /// What the template sets.
  struct Values: Encodable {
    /// What was published, in a table with ours.
    struct Published: Encodable {
      let source, table: String
    }

    let table, reading: String
    var top5: String?
    var differences: String?
    var differencesReading: String?
    var published: Published?
    var dataNotes: String?
    var failures: String?
  }

  func finished() -> PageSection<Values> {
    let report = ExperimentReport(results)
    let differences = Differences(results: results)
    let measured = report.layout.measured
    func lines(_ lines: [String]) -> String? {
      lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
    var values = Values(table: measured.markdown.trimmedLines, reading: report.reading)
    var tables = [
      ReportTable(name: "top1", caption: report.title, table: measured, data: Self.data(results))
    ]
    if let table = Top5Table(results: results).table {
      tables.append(
        ReportTable(
          name: "top5", caption: "Top-5: the right class is among the five best.", table: table,
          data: Self.top5(results)))
      values.top5 = table.markdown.trimmedLines
    }
    if let table = differences.table {
      tables.append(
        ReportTable(
          name: "differences",
          caption: "What the correction changed, with 95 % intervals and exact p-values.",
          table: table, data: Self.data(differences)))
      values.differences = table.markdown.trimmedLines
      values.differencesReading = differences.reading
    }
    if let table = PublishedComparison(results: results).table,
      let published = results.experiment.published
    {
      values.published = Values.Published(
        source: published.source, table: table.markdown.trimmedLines)
    }
    values.dataNotes = lines(report.dataNotes)
    values.failures = lines(report.failures)
    return PageSection(values: values, tables: tables)
  }

  private static func data(_ results: ExperimentResults) -> DataTable {
    DataTable(
      columns: [
        "model", "dataset", "corrector", "condition", "images", "draws", "correct", "total",
        "top1", "lower", "upper", "published", "top5",
      ],
      rows: results.rows.flatMap { row in
        results.experiment.conditions.map { condition in
          let result = row.result(condition)
          let interval = result?.percent == nil ? nil : result?.top1.interval
          return [
            .text(row.model), .text(row.dataset), .optional(row.corrector),
            .text(condition.rawValue), .optional(result?.top1.clusters),
            .optional(result?.evaluation.draws), .optional(result?.top1.correct),
            .optional(result?.top1.total), .optional(result?.percent),
            .percent(interval?.lower), .percent(interval?.upper),
            .optional(row.published[condition]), .percent(result?.top5?.proportion),
          ]
        }
      })
  }

  private static func top5(_ results: ExperimentResults) -> DataTable {
    DataTable(
      columns: [
        "model", "dataset", "corrector", "condition", "images", "draws", "correct", "total",
        "top5", "lower", "upper",
      ],
      rows: results.rows.flatMap { row in
        results.experiment.conditions.map { condition in
          let result = row.result(condition)
          let top5 = result?.top5
          let interval = top5?.proportion == nil ? nil : top5?.interval
          return [
            .text(row.model), .text(row.dataset), .optional(row.corrector),
            .text(condition.rawValue), .optional(top5?.clusters),
            .optional(result?.evaluation.draws), .optional(top5?.correct),
            .optional(top5?.total), .percent(top5?.proportion), .percent(interval?.lower),
            .percent(interval?.upper),
          ]
        }
      })
  }

  private static func data(_ differences: Differences) -> DataTable {
    DataTable(
      columns: [
        "model", "dataset", "corrector", "against", "images", "improvement", "lower", "upper",
        "images_better", "images_worse", "draws_fixed", "draws_broken", "p", "p_holm",
      ],
      rows: differences.lines.map { line in
        let comparison = line.comparison
        let difference = comparison.difference
        return [
          .text(line.row.model), .text(line.row.dataset), .optional(line.row.corrector),
          .text(differences.results.experiment.uncorrected.rawValue),
          .integer(difference.after.clusters), .percent(difference.difference),
          .percent(difference.interval.lower), .percent(difference.interval.upper),
          .integer(comparison.improvedItems), .integer(comparison.worsenedItems),
          .integer(comparison.fixed), .integer(comparison.broken), .number(comparison.p),
          .number(line.adjusted),
        ]
      })
  }
}
