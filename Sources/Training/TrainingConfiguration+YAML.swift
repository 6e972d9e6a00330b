import Datasets
import Models
import NeuralNetworks
import Support

extension TrainingConfiguration {
  private static let nameKey = Setting.text("name", "Names the run and its folder.").required
  private static let descriptionKey = Setting.text(
    "description", "One line; stored with the corrector.")
  private static let seedKey = Setting.integer(
    "seed", 0...Int.max, default: 0, "Of parameters, order of photos and distortions.")
  private static let distortionKey = Distortion.setting("What images are distorted by.")
  private static let flipKey = Setting.flag(
    "flip", default: false, "Whether half of the photos are mirrored, as a draw decides.")
  private static let undistortedKey = Setting.number(
    "undistorted", 0...1, default: 0,
    "The share of samples that stay undistorted, so that G learns to leave such images alone.")
  private static let variantsKey = Setting.integer(
    "variants", 1...1_000_000,
    "How many draws of its distortion each photo has; without it, each epoch has its own.")
  private static let correctorKey = Setting<CorrectorConfiguration>(
    "corrector", .group(CorrectorConfiguration.schema), isRequired: true, "What is trained."
  ) { try CorrectorConfiguration(yaml: $0) }
  private static let discriminatorKey = Setting<Adversary>(
    "discriminator", .group(Adversary.schema), standard: (.standard, nil),
    "D, used where a phase has an adversarial loss."
  ) { try Adversary(yaml: $0) }
  private static let phasesKey = Setting.place(
    "phases", .list(.group(Phase.schema)), isRequired: true,
    "Stretches of training, one after the other.")
  private static let betasKey = Setting<[Double]>(
    "betas", .list(.number(0...0.9999999)),
    standard: ([0.9, 0.999], .list([.number(0.9), .number(0.999)])), "Adam's β₁ and β₂."
  ) { place in
    let betas = try place.list().map { try $0.number(in: 0...0.9999999) }
    guard betas.count == 2 else { throw place.error("must be two numbers") }
    return betas
  }
  private static let averagingKey = Setting.number(
    "averaging", 0.5...0.99999,
    "Decay of the running mean of G's parameters that is written as the corrector; "
      + "without it they are written themselves.")
  private static let reportKey = Setting.integer(
    "report_every", 1...1_000_000, default: 20, "Steps between two metric reports.")
  private static let validateKey = Setting.integer(
    "validate_every", 1...Int.max, default: 500, "Steps between two validations.")
  private static let checkpointKey = Setting.integer(
    "checkpoint_every", 1...Int.max, default: 200, "Steps between two checkpoints.")

  /// The keys of a training file.
  package static let schema = SettingsSchema(
    "Training files", extends: true,
    [
      Setting.version.declaration, nameKey.declaration, descriptionKey.declaration,
      seedKey.declaration, distortionKey.declaration, flipKey.declaration,
      undistortedKey.declaration, variantsKey.declaration, correctorKey.declaration,
      discriminatorKey.declaration, phasesKey.declaration, betasKey.declaration,
      averagingKey.declaration, reportKey.declaration, validateKey.declaration,
      checkpointKey.declaration,
    ])

  /// Reads a training file, strictly.
  ///
  /// - Throws: `UserError` naming file and line for unknown keys and words (with the known ones),
  ///   missing keys, and values that make no sense.
  public init(file: String) throws {
    try self.init(yaml: try YAMLSettings(file: file).root)
  }

  /// Reads the text of a training file.
  public init(yaml text: String, file: String) throws {
    try self.init(yaml: try YAMLReader(text: text, file: file))
  }

  /// Reads the whole of a training file.
  package init(yaml: YAMLReader) throws {
    let values = try SettingsReader(yaml, Self.schema)
    let corrector = try values(Self.correctorKey)
    let distortion = try values(Self.distortionKey)
    self.init(
      name: try values(Self.nameKey), description: try values.optional(Self.descriptionKey),
      seed: UInt64(try values(Self.seedKey)),
      distortion: distortion.identity, distortionFile: distortion.file,
      flip: try values(Self.flipKey), undistorted: try values(Self.undistortedKey),
      variants: try values.optional(Self.variantsKey), corrector: corrector,
      discriminator: try values(Self.discriminatorKey),
      phases: try values.place(Self.phasesKey).list().map {
        try Phase(yaml: $0, corrector: corrector)
      },
      betas: try values(Self.betasKey), averaging: try values.optional(Self.averagingKey),
      reportEvery: try values(Self.reportKey), validateEvery: try values(Self.validateKey),
      checkpointEvery: try values(Self.checkpointKey))
  }
}

extension TrainingConfiguration.Adversary {
  fileprivate static let standard = Self(
    widths: [64, 128, 256], learningRate: 1e-4, form: .nonSaturating)

  private static let widthsKey = Setting.integers(
    "widths", 1...1024, default: standard.widths, "Channels of the three blocks.")
  private static let learningRateKey = Setting.number(
    "learning_rate", 0...1, default: standard.learningRate, "Of D's Adam.")
  private static let formKey = Setting<TrainingConfiguration.AdversarialForm>.choice(
    "form", "form", default: standard.form,
    "G's term: log(1 − D(G(x))) as in equation (1), or −log D(G(x)).")

  fileprivate static let schema = SettingsSchema(
    "the discriminator", [widthsKey.declaration, learningRateKey.declaration, formKey.declaration])

  fileprivate init(yaml: YAMLReader) throws {
    let values = try SettingsReader(yaml, Self.schema)
    self.init(
      widths: try values(Self.widthsKey), learningRate: try values(Self.learningRateKey),
      form: try values(Self.formKey))
  }
}

extension TrainingConfiguration.Phase {
  private typealias Stage = CorrectorConfiguration.Stage

  private static let nameKey = Setting.text(
    "name", "Shown beside its steps, metrics and losses."
  ).required
  private static let learnKey = Setting<[Stage]>.choices(
    "learn", "stage", "Stages that learn; the others stay as they are."
  ).required
  private static let exactKey = Setting<[Stage]>.choices(
    "exact", "stage",
    "Stages in whose place the distortion is undone exactly, since training knows it.")
  private static let refinedKey = Setting.number(
    "refined", 0...1,
    "The share of steps whose images are read as `stn.refinement` says; without it, all.")
  private static let stepsKey = Setting.integer(
    "steps", 1...1_000_000_000, "Updates of the parameters."
  ).required
  private static let batchKey = Setting.integer(
    "batch", 1...4096, default: 8, "Samples of a step.")
  private static let microbatchKey = Setting.integer(
    "microbatch", 1...4096,
    "Samples that are computed together, whose mean and variance batch norms use; a divisor of `batch`. "
      + "The step takes the mean gradient. Without it, the whole batch.")
  private static let learningRateKey = Setting.number(
    "learning_rate", 0...10, "Of Adam, after the warm-up."
  ).required
  private static let scheduleKey = Setting<TrainingConfiguration.Schedule>.choice(
    "schedule", "schedule", default: .constant,
    "How the learning rate falls; `cosine` ends at 2 % of it.")
  private static let warmupKey = Setting.integer(
    "warmup", 0...1_000_000, default: 0, "Steps over which the learning rate rises to its value.")
  private static let clipKey = Setting.number(
    "clip", 1e-9...1e9, "The largest norm of G's gradient; larger ones are scaled down.")
  private static let targetKey = Setting<TrainingConfiguration.Target>.choice(
    "target", "target", default: .canonical,
    "What ŷ is compared with: y, or y seen through what the transformer leaves of the distortion.")
  private static let lossesKey = Setting<TrainingConfiguration.Losses>(
    "losses", .group(TrainingConfiguration.Losses.schema),
    standard: (TrainingConfiguration.Losses(), nil), "Weights; without them, `mse: 1`."
  ) { try TrainingConfiguration.Losses(yaml: $0) }

  fileprivate static let schema = SettingsSchema(
    "a phase",
    [
      nameKey.declaration, learnKey.declaration, exactKey.declaration, refinedKey.declaration,
      stepsKey.declaration, batchKey.declaration, microbatchKey.declaration,
      learningRateKey.declaration, scheduleKey.declaration, warmupKey.declaration,
      clipKey.declaration,
      targetKey.declaration, lossesKey.declaration,
    ])

  fileprivate init(yaml: YAMLReader, corrector: CorrectorConfiguration) throws {
    let values = try SettingsReader(yaml, Self.schema)
    let known = corrector.orderedStages
    // What stands there is one of the stages that this corrector has.
    let learn =
      try values[Self.learnKey]?.choices(Stage.self, among: known, "stage") ?? []
    let last = known.lastIndex { learn.contains($0) } ?? 0
    let exact =
      try values[Self.exactKey]?.choices(
        Stage.self, among: known.filter { $0.truth != nil }, "stage") ?? []
    if let both = exact.first(where: learn.contains) {
      throw yaml.error("\(both.rawValue) cannot learn and be exact in the same phase")
    }
    let losses = try values(Self.lossesKey)
    if losses.theta > 0, !learn.contains(.stn) {
      throw yaml.error("a theta loss needs a phase in which stn learns")
    }
    if let refined = values[Self.refinedKey], corrector.stn.refinement == nil {
      throw refined.error("needs a refinement of stn")
    }
    let batch = try values(Self.batchKey)
    let microbatch = try values.optional(Self.microbatchKey)
    if let microbatch, batch % microbatch != 0, let place = values[Self.microbatchKey] {
      throw place.error("must be a divisor of the batch of \(batch)")
    }
    self.init(
      name: try values(Self.nameKey), learn: learn, active: Array(known[...last]),
      exact: exact, refined: try values.optional(Self.refinedKey),
      steps: try values(Self.stepsKey), batch: batch,
      microbatch: microbatch, learningRate: try values(Self.learningRateKey),
      schedule: try values(Self.scheduleKey),
      warmup: try values(Self.warmupKey), clip: try values.optional(Self.clipKey),
      target: try values(Self.targetKey), losses: losses)
  }
}

extension TrainingConfiguration.Losses {
  private static func weight(_ name: String, _ meaning: String) -> Setting<Double> {
    .number(name, 0...1e6, default: 0, meaning)
  }

  private static let mseKey = weight("mse", "Mean squared error (paper, equation 1).")
  private static let l1Key = weight("l1", "Charbonnier's smooth absolute error.")
  private static let gradientKey = weight(
    "gradient", "Absolute difference of horizontal and vertical gradients: pays for sharpness.")
  private static let chromaKey = weight(
    "chroma", "Mean squared error of what is left of each pixel after its mean over R, G, B.")
  private static let thetaKey = weight(
    "theta", "Error of θ against the distortion's own, pixels at the crop's corners.")
  private static let adversarialKey = weight("adversarial", "λ of equation (1).")
  private static let poolKey = Setting.integer(
    "pool", 1...224, default: 1, "Images are averaged over windows of this size before.")

  fileprivate static let schema = SettingsSchema(
    "weights of what is minimised",
    [
      mseKey.declaration, l1Key.declaration, gradientKey.declaration, chromaKey.declaration,
      thetaKey.declaration, adversarialKey.declaration, poolKey.declaration,
    ])

  fileprivate init(yaml: YAMLReader) throws {
    let values = try SettingsReader(yaml, Self.schema)
    self.init(
      mse: try values(Self.mseKey), l1: try values(Self.l1Key),
      gradient: try values(Self.gradientKey), chroma: try values(Self.chromaKey),
      theta: try values(Self.thetaKey), adversarial: try values(Self.adversarialKey),
      pool: try values(Self.poolKey))
    guard mse + l1 + gradient + chroma + theta + adversarial > 0 else {
      throw yaml.error("all losses are zero")
    }
  }
}
