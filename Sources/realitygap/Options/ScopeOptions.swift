import ArgumentParser
import Tracking

/// Which runs an export takes: all, some, or those of an experiment.
struct ScopeOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Only these runs; one or more ids.", valueName: "id"))
  var run: [Int64] = []

  @Option(help: ArgumentHelp("Only the runs of this experiment.", valueName: "name"))
  var experiment: String?

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if !run.isEmpty, experiment != nil {
      throw ValidationError("--run and --experiment exclude each other")
    }
  }

  var scope: ExportScope {
    if let experiment { return .experiment(experiment) }
    return run.isEmpty ? .everything : .runs(run)
  }
}
