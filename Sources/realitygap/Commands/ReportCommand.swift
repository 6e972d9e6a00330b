import ArgumentParser
import Evaluation
import Foundation
import Reporting
import Support
import Tracking

/// `realitygap report`: everything in the database about an experiment or a training run, as a page
/// with pictures.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the full report of an experiment or a training run, with plots and pictures.",
    discussion: """
      Writes OUTPUT/NAME.md with its pictures beside it (OUTPUT/run-ID.md with --run); tables for \
      other programs go to OUTPUT/tables/. No predictions are computed: run the experiment first.
      """)

  @Argument(help: "An experiment in the database, e.g. sample, or a training run's name.")
  var name: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("Report on this run, of either kind, instead of a name.", valueName: "id"))
  var runID: Int64?

  @Option(
    help: ArgumentHelp("The folder to write to.", valueName: "folder"), completion: .directory)
  var output: String

  @Option(
    help: ArgumentHelp(
      "What to write, comma-separated: markdown, latex, csv, json.", valueName: "formats"))
  var format = "markdown"

  @Option(
    help: ArgumentHelp(
      "Columns of CSV and JSON tables, comma-separated, in this order, e.g. "
        + "model,condition,top1,top5 (default: all).", valueName: "names"))
  var columns: String?

  @Option(
    help: ArgumentHelp(
      "A folder with your own experiment.mustache and training.mustache.", valueName: "folder"),
    completion: .directory)
  var templates: String?

  @OptionGroup var database: DatabaseOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard (name == nil) != (runID == nil) else {
      throw ValidationError("give the name of an experiment, or --run ID")
    }
    let formats = try formats
    if columns != nil, !formats.tables.contains(where: { $0 != .latex }) {
      throw ValidationError("--columns needs --format csv or json")
    }
  }

  private var formats: (withPage: Bool, tables: [TableFormat]) {
    get throws {
      let names = format.split(separator: ",").map(String.init)
      let tables = try names.filter { $0 != "markdown" }.map { name in
        guard let format = TableFormat(rawValue: name) else {
          let known = ["markdown", "latex", "csv", "json"]
          throw ValidationError("--format \(name): \(Suggestion.remedy(for: name, among: known))")
        }
        return format
      }
      guard !names.isEmpty else { throw ValidationError("--format: no format given") }
      return (names.contains("markdown"), TableFormat.allCases.filter(tables.contains))
    }
  }

  func run() throws {
    let store = try database.openToRead()
    let formats = try formats
    let templates = try ReportTemplates(folder: templates)
    let probe = "\(output)/.report"
    try AtomicFile.makeFolder(of: probe)
    try AtomicFile.check(probe)
    var bundle =
      switch try subject(in: store) {
      case .experiment(let results, let stem):
        try ExperimentPage(results, store: store) {
          try compute.corrector($0, compute.makeContext())
        }.bundle(command: Surroundings.command, stem: stem, templates: templates)
      case .training(let run, let stem):
        try TrainingPage(run, store: store)
          .bundle(command: Surroundings.command, stem: stem, templates: templates)
      }
    if let columns {
      bundle = try bundle.selecting(columns: columns.split(separator: ",").map(String.init))
    }
    let paths = try bundle.write(
      to: output, withPage: formats.withPage, formats: formats.tables)
    print(paths.joined(separator: "\n"))
  }

  private enum Subject {
    case experiment(ExperimentResults, stem: String)
    case training(RunRecord, stem: String)
  }

  private func subject(in store: Store) throws -> Subject {
    if let runID {
      guard let record = try store.run(runID) else {
        throw UserError("\(database.path): has no run \(runID)", remedy: "see realitygap runs")
      }
      if record.kind == .agreement {
        throw UserError(
          "run \(runID): an agreement run, which has no report page",
          remedy: "see `realitygap runs show \(runID)`")
      }
      let stem = "run-\(runID)"
      guard record.kind == .evaluate else { return .training(record, stem: stem) }
      guard let configuration = record.evaluation else {
        throw UserError(
          record.unreadConfiguration.map { "\(database.path): \($0)" }
            ?? "\(database.path): run \(runID) computed nothing",
          remedy: "report on its experiment: realitygap report \(record.name)")
      }
      return .experiment(
        try ExperimentResults(configuration: configuration, store: store), stem: stem)
    }
    let name = name ?? ""
    if let configuration = try ExperimentResults.lastConfiguration(named: name, store: store) {
      return .experiment(
        try ExperimentResults(configuration: configuration, store: store), stem: name)
    }
    let runs = try store.runs()
    if let training = runs.first(where: { $0.kind == .train && $0.name == name }) {
      return .training(training, stem: name)
    }
    let known = Set(runs.map(\.name)).sorted()
    throw UserError(
      "\(database.path): has no experiment and no training run \(name)",
      remedy: known.isEmpty
        ? "run one first" : Suggestion.remedy(for: name, among: known, lead: "it has"))
  }

}
