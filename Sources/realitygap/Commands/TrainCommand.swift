import ArgumentParser
import Support
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

  @Option(help: "The folder to write to.", completion: .directory)
  var output: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change a setting of the file, e.g. corrector.unet.width=32, phases.detail.steps=5000; "
        + "repeatable. See Documentation/Keys.md.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "The seed, in place of the file's.")
  var seed: Int?

  @Option(help: "The run's name, in place of the file's.")
  var name: String?

  @Option(
    help: """
      Total steps, divided among the phases as in the file (default: the file's). With --resume, a \
      run that is at its end goes on in its last phase.
      """)
  var steps: Int?

  @Flag(help: "Continue from the last checkpoint in --output.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Train once with each of these seeds, into OUTPUT/seed-N.", valueName: "first..last"))
  var seeds: SeedRange?

  @OptionGroup var options: TrainingOptions

  func validate() throws {
    try check("steps", steps, from: 1)
    try check("seed", seed, from: 0)
    if seeds != nil, seed != nil { throw ValidationError("--seeds and --seed exclude each other") }
  }

  func run() throws {
    try TrainingProcesses.run { group in
      do {
        try train(group)
      } catch is Trainer.Stopped where group.writes {
        throw Interruption.interrupted(
          "stopped; repeat the command with --resume to continue from the last checkpoint in \(output)"
        )
      }
    }
  }

  private func train(_ group: any ProcessGroup) throws {
    let works =
      try seeds.map { try $0.seeds.map { try work($0, in: "\(output)/seed-\($0)") } }
      ?? [try work(seed, in: output)]
    let session = try TrainingSession(options, group: group)
    for work in works {
      // Of several, those that were not begun are begun.
      let (run, corrector) = try session.train(
        work, resume: resume && (seeds == nil || Trainer.hasCheckpoint(in: work.output)))
      if group.writes { print("\(corrector): run \(run) in \(options.database)") }
    }
  }

  /// The training file with what the options change of it.
  private func work(_ seed: Int?, in output: String) throws -> TrainingSession.Work {
    var file = try YAMLSettings(file: config)
    for setting in settings { try file.set(setting, option: "--set \(setting)") }
    if let seed { try file.set("seed=\(seed)", option: "--seed \(seed)") }
    if let name { try file.set("name=\(name)", option: "--name \(name)") }
    let configuration = try TrainingConfiguration(yaml: file.root)
    let result =
      resume
      ? try configuration.continuing(output, toSteps: steps)
      : steps.map(configuration.scaled) ?? configuration
    return TrainingSession.Work(
      result, of: configuration, changes: file.changes, output: output,
      title: seeds == nil ? result.name : "\(result.name), seed \(result.seed)")
  }
}

/// Seeds one after the other, `1..5`.
struct SeedRange: ExpressibleByArgument {
  let seeds: ClosedRange<Int>

  init?(argument: String) {
    let parts = argument.components(separatedBy: "..")
    guard parts.count == 2, let first = Int(parts[0]), let last = Int(parts[1]),
      0 <= first, first <= last, last - first < 1000
    else { return nil }
    seeds = first...last
  }
}
