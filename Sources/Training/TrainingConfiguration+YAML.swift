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
    let forms = TrainingConfiguration.AdversarialForm.self
    let form = try values["form"]?.word(of: forms.allCases.map(\.rawValue), "form")
    self.init(
      widths: try values["widths"]?.integers(in: 1...1024) ?? [64, 128, 256],
      learningRate: try values["learning_rate"]?.number(in: 0...1) ?? 1e-4,
      form: form.flatMap(forms.init) ?? .nonSaturating)
  }
}

extension TrainingConfiguration.Phase {
  fileprivate init(yaml: YAMLReader, corrector: CorrectorConfiguration) throws {
    let values = try yaml.mapping(known: [
      "name", "learn", "exact", "steps", "batch", "learning_rate", "schedule", "warmup", "clip",
      "target",
      "losses",
    ])
    func required(_ key: String) throws -> YAMLReader {
      guard let value = values[key] else { throw yaml.error("the key \(key) is missing") }
      return value
    }
    let known = CorrectorConfiguration.Stage.allCases.filter(corrector.stages.contains)
    let learn = try required("learn").words(of: known.map(\.rawValue), "stage")
      .compactMap(CorrectorConfiguration.Stage.init)
    let last = known.lastIndex { learn.contains($0) } ?? 0
    let exact =
      try values["exact"]?.words(of: known.map(\.rawValue).filter { $0 != "unet" }, "stage")
      .compactMap(CorrectorConfiguration.Stage.init) ?? []
    if let both = exact.first(where: learn.contains) {
      throw yaml.error("\(both.rawValue) cannot learn and be exact in the same phase")
    }
    let losses = try TrainingConfiguration.Losses(yaml: values["losses"])
    if losses.theta > 0, !learn.contains(.stn) {
      throw yaml.error("a theta loss needs a phase in which stn learns")
    }
    let schedules = TrainingConfiguration.Schedule.self
    let schedule = try values["schedule"]?.word(of: schedules.allCases.map(\.rawValue), "schedule")
    let targets = TrainingConfiguration.Target.self
    let target = try values["target"]?.word(of: targets.allCases.map(\.rawValue), "target")
    self.init(
      name: try required("name").text(), learn: learn, active: Array(known[...last]),
      exact: exact,
      steps: try required("steps").integer(in: 1...1_000_000_000),
      batch: try values["batch"]?.integer(in: 1...4096) ?? 8,
      learningRate: try required("learning_rate").number(in: 0...10),
      schedule: schedule.flatMap(schedules.init) ?? .constant,
      warmup: try values["warmup"]?.integer(in: 0...1_000_000) ?? 0,
      clip: try values["clip"]?.number(in: 1e-9...1e9),
      target: target.flatMap(targets.init) ?? .canonical, losses: losses)
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

extension CorrectorConfiguration {
  fileprivate init(yaml: YAMLReader) throws {
    let values = try yaml.mapping(known: ["stages", "transformer", "color", "unet"])
    guard let stages = values["stages"] else { throw yaml.error("the key stages is missing") }
    let words = try stages.words(of: Stage.allCases.map(\.rawValue), "stage")
    self.init(
      stages: Set(words.compactMap(Stage.init)),
      transformer: try Transformer(yaml: values["transformer"]),
      color: try Color(yaml: values["color"]), unet: try Residual(yaml: values["unet"]))
    do {
      try check()
    } catch let error as UserError {
      throw yaml.error(error.problem)
    }
  }
}

extension CorrectorConfiguration.Features {
  static let keys = ["view", "widths", "first_kernel", "summary", "hidden", "normalization"]

  fileprivate init(_ values: [String: YAMLReader], default base: Self) throws {
    self.init(
      view: try values["view"]?.integer(in: 4...256) ?? base.view,
      widths: try values["widths"]?.integers(in: 1...1024) ?? base.widths,
      firstKernel: try values["first_kernel"]?.integer(in: 1...7) ?? base.firstKernel,
      summary: try values["summary"].flatMap { value in
        let known = CorrectorConfiguration.Summary.allCases.map(\.rawValue)
        return CorrectorConfiguration.Summary(rawValue: try value.word(of: known, "summary"))
      } ?? base.summary,
      hidden: try values["hidden"]?.integer(in: 1...4096) ?? base.hidden,
      normalization: try values["normalization"]?.normalizing() ?? base.normalization)
  }
}

extension CorrectorConfiguration.Transformer {
  fileprivate init(yaml: YAMLReader?) throws {
    self.init()
    guard let yaml else { return }
    let features = CorrectorConfiguration.Features.self
    let values = try yaml.mapping(known: features.keys + ["scale", "sampling", "refinement"])
    localisation = try features.init(values, default: localisation)
    scale = try values["scale"]?.number(in: 1e-6...100) ?? scale
    let known = Sampling.allCases.map(\.rawValue)
    sampling = try values["sampling"]?.word(of: known, "sampler").sampling ?? sampling
    refinement =
      try values["refinement"].flatMap { value in
        let known = CorrectorConfiguration.Refinement.allCases.map(\.rawValue)
        return CorrectorConfiguration.Refinement(
          rawValue: try value.word(of: known, "refinement"))
      } ?? refinement
  }
}

extension CorrectorConfiguration.Color {
  fileprivate init(yaml: YAMLReader?) throws {
    self.init()
    guard let yaml else { return }
    let kind = CorrectorConfiguration.Features.self
    let values = try yaml.mapping(known: kind.keys + ["histogram", "scale"])
    features = try kind.init(values, default: features)
    histogram = try values["histogram"]?.integer(in: 2...256) ?? histogram
    scale = try values["scale"]?.number(in: 1e-6...100) ?? scale
  }
}

extension CorrectorConfiguration.Residual {
  fileprivate init(yaml: YAMLReader?) throws {
    self.init()
    guard let yaml else { return }
    let values = try yaml.mapping(known: [
      "width", "depth", "normalization", "deviation_planes", "starts_as_identity",
    ])
    width = try values["width"]?.integer(in: 1...256) ?? width
    depth = try values["depth"]?.integer(in: 1...5) ?? depth
    normalization = try values["normalization"]?.normalizing() ?? normalization
    deviationPlanes = try values["deviation_planes"]?.flag() ?? deviationPlanes
    startsAsIdentity = try values["starts_as_identity"]?.flag() ?? startsAsIdentity
  }
}

extension YAMLReader {
  fileprivate func normalizing() throws -> Normalizing {
    Normalizing(rawValue: try word(of: Normalizing.allCases.map(\.rawValue), "normalization"))
      ?? .none
  }
}

extension String {
  fileprivate var sampling: Sampling? { Sampling(rawValue: self) }
}
