import ArgumentParser
import Datasets
import Evaluation
import Support
import Tracking

/// What `run` and `reproduce` share.
struct ExperimentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A dataset's path, e.g. imagenet=/data/ILSVRC2012_img_val.tar; repeatable.",
      valueName: "name=path"))
  var data: [String] = []

  @Option(
    help: ArgumentHelp(
      "The folder of <model>.h5 (default: the experiment's).", valueName: "folder"))
  var weights: String?

  @OptionGroup var classes: ClassOptions

  @Option(
    help: ArgumentHelp(
      "The corrector G, as `train` writes it (default: the experiment's, if it has one). To "
        + "compare several, repeat with names: --corrector NAME=FILE.",
      valueName: "[name=]file"))
  var corrector: [String] = []

  @Option(
    help: ArgumentHelp(
      "Another model, which another program computes, e.g. effnet=\"realitygap-worker timm "
        + "efficientnet_lite0\"; repeatable. Documentation/Workers.md says what it has to do.",
      valueName: "name=command"))
  var classifier: [String] = []

  @Option(
    help: ArgumentHelp(
      "How long such a program may take to start, and for a batch.", valueName: "seconds"))
  var classifierTimeout: Double = 300

  @Flag(help: "Leave corrected cells empty even if the experiment names a corrector.")
  var noCorrector = false

  @Option(
    name: [.customLong("output"), .customLong("reports")],
    help: ArgumentHelp(
      "The folder to write the report to; --reports is the same.", valueName: "folder"),
    completion: .directory)
  var output = "results"

  @Option(
    name: [.customLong("models"), .customLong("model")],
    help: ArgumentHelp("Only these models, comma-separated.", valueName: "names"))
  var models: String?

  @Option(help: "Seed of all random draws (default: the experiment's).")
  var seed: UInt64?

  @Option(help: "Distortions sampled per image (default: the experiment's).")
  var draws: Int?

  @Option(help: "Only this many images, chosen by the seed.")
  var limit: Int?

  @Flag(help: "Show what would be computed and everything missing; change nothing.")
  var dryRun = false

  @Flag(help: "Stop at the first unusable image.")
  var strict = false

  @Option(
    help: ArgumentHelp(
      "Only shard i of n, i from 0, e.g. 0/3: run one process per shard, with otherwise the same "
        + "options, on one database or on several to be merged. slurm: this task of a Slurm job array.",
      valueName: "i/n"), transform: Shard.init(argument:))
  var shard: Shard?

  @OptionGroup var batching: BatchOptions

  @Option(help: ArgumentHelp("The database of results.", valueName: "file"))
  var database = "realitygap.sqlite"

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    if noCorrector, !corrector.isEmpty {
      throw ValidationError("--no-corrector and --corrector exclude each other")
    }
    guard classifierTimeout > 0, classifierTimeout <= 1e6 else {
      throw ValidationError("--classifier-timeout: must be more than 0 seconds")
    }
    try check("draws", draws, in: 1...1_000_000)
    try check("limit", limit, from: 1)
    try check(seed: seed)
  }

  /// - Throws: `UserError` when a `--data` is not of the form NAME=PATH or names a set twice, and
  ///   when several correctors lack names.
  func overrides() throws -> ExperimentOverrides {
    var places: [String: String] = [:]
    for option in data {
      let (name, path) = try LabelledDataset.parse(option: option)
      guard places.updateValue(path, forKey: name) == nil else {
        throw UserError("--data \(name): given twice")
      }
    }
    return ExperimentOverrides(
      data: places, models: models?.split(separator: ",").map(String.init), seed: seed,
      draws: draws, limit: limit, weights: weights, classes: classes.file,
      corrector: try CorrectorChoice(options: corrector),
      classifiers: try classifier.map { try ExternalModel(option: $0) },
      withoutCorrector: noCorrector)
  }
}
