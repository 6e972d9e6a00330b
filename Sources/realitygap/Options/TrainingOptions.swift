import ArgumentParser
import Models
import Support
import Tracking
import Training

/// What every command that trains needs besides a configuration and a folder to write to.
struct TrainingOptions: ParsableArguments {
  @Option(
    help: """
      Photos (JPEG, PNG, WebP, PPM): a folder, searched recursively, or a tar. Tars are read where they lie, \
      e.g. ILSVRC2012_img_train.tar or a folder of shards.
      """, completion: .file())
  var images: String

  @Option(help: "Held-out photos, for validation.", completion: .directory)
  var validation: String?

  @Option(
    help: ArgumentHelp(
      "Start from the stages of this corrector whose architecture matches.",
      valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var initial: String?

  @Option(
    name: .customLong("initial-stages"),
    help: ArgumentHelp("Only these stages of it, comma-separated.", valueName: "names"))
  var initialStages: String?

  @Option(
    help: ArgumentHelp(
      "Keep the photographs that the distortion makes here (default: photographs in --output).",
      valueName: "folder"),
    completion: .directory)
  var photographs: String?

  @Flag(help: "Stop at the first unusable photo.")
  var strict = false

  @Option(help: "The database of runs and metrics.")
  var database = "realitygap.sqlite"

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    if initialStages != nil, initial == nil {
      throw ValidationError("--initial-stages needs --initial")
    }
  }

  /// Where training starts, or `nil` for fresh parameters.
  var origin: Trainer.Origin? {
    get throws {
      guard let initial else { return nil }
      guard let initialStages else { return Trainer.Origin(path: initial) }
      let stages = try initialStages.split(separator: ",").map { name in
        guard let stage = CorrectorConfiguration.Stage(rawValue: String(name)) else {
          let known = CorrectorConfiguration.Stage.allCases.map(\.rawValue)
          throw UserError(
            "--initial-stages \(name): not a stage",
            remedy: Suggestion.remedy(for: String(name), among: known, lead: "there are"))
        }
        return stage
      }
      return Trainer.Origin(path: initial, stages: Set(stages))
    }
  }
}
