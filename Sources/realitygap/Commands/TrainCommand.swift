import ArgumentParser
import Datasets
import Foundation
import Models
import NeuralNetworks
import Support
import Tracking
import Training

/// `realitygap train`: a corrector G from photos without labels.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a corrector G on unlabelled photos.",
    discussion: """
      Writes corrector.h5 (what --corrector takes), state.h5 (what --resume needs) and pictures \
      of held-out photos: y, x, x_s, corrected. After Ctrl-C, kill -9 or a power failure, the same \
      command with --resume continues from the last checkpoint, bit for bit.

      An unusable photo is named, recorded with the run and replaced by another, chosen by the \
      seed; --strict stops at the first one.
      """)

  @Argument(help: "The training file, e.g. Experiments/train-sample.yaml.", completion: .file())
  var config: String

  @Option(help: "Folder of photos (JPEG, PNG, PPM), searched recursively.", completion: .directory)
  var images: String

  @Option(help: "Held-out photos, for validation.", completion: .directory)
  var validation: String?

  @Option(help: "The folder to write to.", completion: .directory)
  var output: String

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

  @Option(help: "Total steps, divided among the phases as in the file (default: the file's).")
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "Keep the photographs that the distortion makes here (default: photographs in --output).",
      valueName: "folder"),
    completion: .directory)
  var photographs: String?

  @Flag(help: "Continue from the last checkpoint in --output.")
  var resume = false

  @Flag(help: "Stop at the first unusable photo.")
  var strict = false

  @Option(help: "The database of runs and metrics.")
  var database = "realitygap.sqlite"

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    if initialStages != nil, initial == nil {
      throw ValidationError("--initial-stages needs --initial")
    }
    try check("steps", steps, from: 1)
  }

  func run() throws {
    var configuration = try TrainingConfiguration(file: config)
    if let steps { configuration = configuration.scaled(toSteps: steps) }
    let photos = try PhotoFolder(path: images)
    let heldOut = try validation.map { try PhotoFolder(path: $0) }
    let context = compute.makeContext()
    let store = try Store(path: database)
    let progress = Progress()
    let name = configuration.name
    let trainer = try Trainer(
      configuration, photos: photos, validation: heldOut, output: output,
      initial: try origin, store: store,
      backend: try compute.makeTrainingBackend(), context: context,
      options: Trainer.Options(
        resume: resume, loaders: context.pool.threads, photographs: photographs,
        isStrict: strict,
        progress: { step, total, phase, parts in
          let losses = parts.prefix(4).map { String(format: "%@ %.4g", $0.name, $0.value) }
          progress.show(
            name, done: step, of: total, unit: "steps",
            extra: ", \(phase): \(losses.joined(separator: ", "))")
        },
        resumed: { progress.resume(at: $0) }, note: progress.note,
        shouldStop: { Interruption.isRequested }))
    let environment = Surroundings.environment(
      compute, backend: try compute.makeBackend(), context: context)
    Interruption.takeOver(saying: "stopping after this step")
    do {
      let run = try trainer.run(
        NewRun(
          kind: .train, name: name,
          configuration: try record(configuration, photos, heldOut).json(),
          command: environment.command, versions: environment.versions,
          commit: environment.commit))
      print("\(trainer.correctorPath): run \(run) in \(database)")
    } catch is Trainer.Stopped {
      throw Interruption.interrupted(
        "stopped; the last checkpoint is \(output)/state.h5; repeat the command with --resume to "
          + "continue")
    }
  }

  private var origin: Trainer.Origin? {
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

  /// What is stored of the configuration.
  private func record(
    _ configuration: TrainingConfiguration, _ photos: PhotoFolder, _ heldOut: PhotoFolder?
  ) throws -> TrainingRunConfiguration {
    func summary(_ folder: PhotoFolder) -> TrainingRunConfiguration.Photos {
      TrainingRunConfiguration.Photos(
        path: folder.path, count: folder.photos.count, fingerprint: folder.fingerprint)
    }
    return try TrainingRunConfiguration(
      training: configuration, images: summary(photos), validation: heldOut.map(summary),
      initial: try initial.map { StoredFile(path: $0, sha256: try FileDigest.sha256(path: $0)) },
      engine: compute.engine.rawValue, precision: compute.precision.rawValue)
  }
}
