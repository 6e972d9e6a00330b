import ArgumentParser
import Foundation
import Support
import WeightFiles

/// The command-line entry point: one subcommand per file, see `Commands/`.
@main
struct RealityGap: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "realitygap",
    abstract: "Evaluate and train the real-to-canonical transform of Lomnitz et al. (2020).",
    version: VersionText.line,
    subcommands: [
      RunCommand.self, ReproduceCommand.self, ClassifyCommand.self, CanonicalCommand.self,
      DistortCommand.self, ImportCommand.self, InspectCommand.self, TrainCommand.self,
      SweepCommand.self, CorrectCommand.self, AdjustCommand.self, AgreementCommand.self,
      AblateCommand.self,
      ReportCommand.self, ServeCommand.self,
      CompareCommand.self, RunsCommand.self, DatabaseCommand.self, SimulatePrintsCommand.self,
      ImportPredictionsCommand.self, ExportCommand.self, SchemaCommand.self,
      BenchCommand.self,
    ])

  /// As ArgumentParser's own, with standard streams that can neither crash nor fail unnoticed, and
  /// with signals that end the program cleanly.
  static func main() {
    HDF5Child.serveIfAsked(Array(CommandLine.arguments.dropFirst()))
    StandardStreams.protect()
    do {
      try Requirements.check()
      Interruption.watch()
      FileTrust.shared.begin()
      try Limits.checkEnvironment()
      if VersionText.isAskedFor(CommandLine.arguments.dropFirst()) {
        print(try VersionText.details())
        return try StandardStreams.finishOutput()
      }
      try CommandNames.check(CommandLine.arguments.dropFirst(), of: Self.self)
      var command = try parseAsRoot()
      try command.run()
      try StandardStreams.finishOutput()
    } catch let stop as Interrupted {
      OpenLine.note(stop.message)
      Foundation.exit(stop.status)
    } catch {
      OpenLine.leave()
      exit(withError: error)
    }
  }
}
