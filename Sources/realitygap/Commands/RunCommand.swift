import ArgumentParser
import Datasets
import Evaluation
import Foundation
import Models
import Reporting
import Support
import Tensors
import Tracking
import WeightFiles

/// `realitygap run`: computes the missing cells of an experiment and writes its report.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Compute an experiment's missing cells and write its report.")

  @Argument(help: "The experiment, a YAML file like those in Experiments/.", completion: .file())
  var experiment: String

  @OptionGroup var options: ExperimentOptions

  func run() throws { try Self.run(experiment, options) }

  /// Runs a file, whichever of the two kinds it is.
  static func run(_ file: String, _ options: ExperimentOptions) throws {
    if try PublishedTables.describes(file: file) {
      try PublishedTablesSession(file, options).run()
    } else {
      try ExperimentSession(file, options).run()
    }
  }
}

/// `realitygap reproduce`: `run` on an experiment that comes with the program.
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract:
      "Run an experiment that ships: table1, table2, paper-tables (the paper's), imagenet-es, imagenet-c or sample."
  )

  @Argument(help: "The experiment's name: Experiments/NAME.yaml.")
  var name: String

  @OptionGroup var options: ExperimentOptions

  func run() throws { try RunCommand.run(try Self.file(name), options) }

  /// - Throws: `UserError` that names the experiments that there are.
  private static func file(_ name: String) throws -> String {
    if !name.contains("/"), let path = ProgramFiles.find("Experiments/\(name).yaml") { return path }
    guard let folder = ProgramFiles.find("Experiments") else {
      throw UserError(
        "there is no experiment \(name)",
        remedy: "the program's folder Experiments is missing; give the file to `realitygap run`")
    }
    let known = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".yaml") && !$0.hasPrefix("train-") }.map { String($0.dropLast(5)) }
    throw UserError(
      "there is no experiment \(name)",
      remedy: Suggestion.remedy(for: name, among: known.sorted()))
  }
}
