import Datasets
import Evaluation
import Models
import Reporting
import Support

/// Published tables judged from the command line: reads the numbers, prints the tables and writes
/// the report.
struct PublishedTablesSession {
  private let tables: PublishedTables
  private let options: ExperimentOptions

  /// - Throws: `UserError` for a bad file, and for options that say what to compute.
  init(_ file: String, _ options: ExperimentOptions) throws {
    guard options.data.isEmpty, options.corrector.isEmpty, options.weights == nil,
      options.shard == nil
    else {
      throw UserError(
        "\(file): its numbers are published ones, nothing is computed",
        remedy: "leave --data, --weights, --corrector and --shard out")
    }
    tables = try PublishedTables(
      file: file,
      vocabulary: Vocabulary(
        models: Architecture.all.map(\.name), distortions: Distortion.presets,
        reports: ReportWriter.layouts))
    self.options = options
  }

  func run() throws {
    let medium = Terminal.medium(whole: "\(options.output)/\(tables.name).md")
    let report = try TableMedium.$current.withValue(medium) {
      try ReportWriter.write(tables, to: options.output)
    }
    print(Terminal.fitted(report.text))
    Progress().note("report: \(report.path)")
  }
}
