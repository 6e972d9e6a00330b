import Datasets
import Models
import NeuralNetworks
import Support

extension TrainingConfiguration {
  /// Reads a training file, strictly.
  ///
  /// - Throws: `UserError` naming file and line for unknown keys and words (with the known ones),
  ///   missing keys, and values that make no sense.
  public init(file: String) throws {
    try self.init(yaml: try YAMLReader.text(ofFile: file), file: file)
  }

  /// Reads the text of a training file.
  public init(yaml text: String, file: String) throws {
    let root = try YAMLReader(text: text, file: file)
    let values = try root.mapping(known: [
      "version", "name", "description", "seed", "distortion", "flip", "undistorted",
      "variants",
      "corrector", "discriminator",
      "phases", "betas", "averaging", "report_every", "validate_every", "checkpoint_every",
    ])
    func required(_ key: String) throws -> YAMLReader {
      guard let value = values[key] else { throw root.error("the key \(key) is missing") }
      return value
    }
    try YAMLReader.checkVersion(try required("version"))
    let corrector = try CorrectorConfiguration(yaml: try required("corrector"))
    let phases = try required("phases").list().map { try Phase(yaml: $0, corrector: corrector) }
    let distortion = try values["distortion"].map {
      try Distortion.reference($0, known: Distortion.presets)
    }
    let betas =
      try values["betas"]?.list().map { try $0.number(in: 0...0.9999999) } ?? [0.9, 0.999]
    guard betas.count == 2 else { throw try required("betas").error("must be two numbers") }
    self.init(
      name: try required("name").text(), description: try values["description"]?.text(),
      seed: UInt64(try values["seed"]?.integer(in: 0...Int.max) ?? 0),
      distortion: distortion?.identity ?? "paper", distortionFile: distortion?.file,
      flip: try values["flip"]?.flag() ?? false,
      undistorted: try values["undistorted"]?.number(in: 0...1) ?? 0,
      variants: try values["variants"]?.integer(in: 1...1_000_000),
      corrector: corrector, discriminator: try Adversary(yaml: values["discriminator"]),
      phases: phases, betas: betas,
      averaging: try values["averaging"]?.number(in: 0.5...0.99999),
      reportEvery: try values["report_every"]?.integer(in: 1...1_000_000) ?? 20,
      validateEvery: try values["validate_every"]?.integer(in: 1...Int.max) ?? 500,
      checkpointEvery: try values["checkpoint_every"]?.integer(in: 1...Int.max) ?? 200)
  }
}

extension TrainingConfiguration.Adversary {
  fileprivate init(yaml: YAMLReader?) throws {
    let values = try yaml?.mapping(known: ["widths", "learning_rate", "form"]) ?? [:]
    self.init(
      widths: try values["widths"]?.integers(in: 1...1024) ?? [64, 128, 256],
      learningRate: try values["learning_rate"]?.number(in: 0...1) ?? 1e-4,
      form: try values["form"]?.choice(TrainingConfiguration.AdversarialForm.self, "form")
        ?? .nonSaturating)
  }
}

extension TrainingConfiguration.Phase {
  fileprivate init(yaml: YAMLReader, corrector: CorrectorConfiguration) throws {
    let values = try yaml.mapping(known: [
      "name", "learn", "exact", "refined", "steps", "batch", "learning_rate", "schedule", "warmup",
      "clip", "target", "losses",
    ])
    func required(_ key: String) throws -> YAMLReader {
      guard let value = values[key] else { throw yaml.error("the key \(key) is missing") }
      return value
    }
    let stage = CorrectorConfiguration.Stage.self
    let known = corrector.orderedStages
    let learn = try required("learn").choices(stage, among: known, "stage")
    let last = known.lastIndex { learn.contains($0) } ?? 0
    let exact =
      try values["exact"]?.choices(stage, among: known.filter { $0.truth != nil }, "stage") ?? []
    if let both = exact.first(where: learn.contains) {
      throw yaml.error("\(both.rawValue) cannot learn and be exact in the same phase")
    }
    let losses = try TrainingConfiguration.Losses(yaml: values["losses"])
    if losses.theta > 0, !learn.contains(.stn) {
      throw yaml.error("a theta loss needs a phase in which stn learns")
    }
    if let refined = values["refined"], corrector.stn.refinement == nil {
      throw refined.error("needs a refinement of stn")
    }
    self.init(
      name: try required("name").text(), learn: learn, active: Array(known[...last]),
      exact: exact, refined: try values["refined"]?.number(in: 0...1),
      steps: try required("steps").integer(in: 1...1_000_000_000),
      batch: try values["batch"]?.integer(in: 1...4096) ?? 8,
      learningRate: try required("learning_rate").number(in: 0...10),
      schedule: try values["schedule"]?.choice(TrainingConfiguration.Schedule.self, "schedule")
        ?? .constant,
      warmup: try values["warmup"]?.integer(in: 0...1_000_000) ?? 0,
      clip: try values["clip"]?.number(in: 1e-9...1e9),
      target: try values["target"]?.choice(TrainingConfiguration.Target.self, "target")
        ?? .canonical, losses: losses)
  }
}

extension TrainingConfiguration.Losses {
  fileprivate init(yaml: YAMLReader?) throws {
    guard let yaml else {
      self.init()
      return
    }
    let values = try yaml.mapping(known: [
      "mse", "l1", "gradient", "chroma", "theta", "adversarial", "pool",
    ])
    func weight(_ key: String) throws -> Double { try values[key]?.number(in: 0...1e6) ?? 0 }
    self.init(
      mse: try weight("mse"), l1: try weight("l1"), gradient: try weight("gradient"),
      chroma: try weight("chroma"), theta: try weight("theta"),
      adversarial: try weight("adversarial"),
      pool: try values["pool"]?.integer(in: 1...224) ?? 1)
    guard mse + l1 + gradient + chroma + theta + adversarial > 0 else {
      throw yaml.error("all losses are zero")
    }
  }
}
