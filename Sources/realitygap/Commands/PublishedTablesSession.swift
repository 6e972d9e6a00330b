import Evaluation
import Reporting
import Support

/// Analyses published tables: reads the numbers, prints the tables and writes the report.
struct PublishedTablesSession {
  private let tables: PublishedTables
  private let options: ExperimentOptions

  /// - Throws: `UserError` for a bad file, and for options that say what to compute.
  init(_ file: String, _ options: ExperimentOptions) throws {
    guard options.data.isEmpty, options.corrector.isEmpty, options.weights == nil,
      options.shard == nil
    else {
      throw UserError(
        "\(file): it holds published numbers; nothing is computed",
        remedy: "drop --data, --weights, --corrector and --shard")
    }
    tables = try PublishedTables(file: file)
    self.options = options
  }

  func run() throws {
    let report = try Terminal.set(whole: "\(options.output)/\(tables.name).md") {
      try ReportWriter.write(tables, to: options.output)
    }
    print(Terminal.fitted(report.text))
    Progress().note("report: \(report.path)")
  }
}
