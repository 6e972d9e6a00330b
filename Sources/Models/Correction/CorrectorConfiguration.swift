import NeuralNetworks
import Support

/// What a corrector G is made of: stages in a fixed order, each of which can be left out.
///
/// `stn → unet` is the paper's G; our default puts the colour stage between them.
public struct CorrectorConfiguration: Codable, Sendable, Equatable {
  /// Those that take part.
  public var stages: Set<Stage>
  /// Of every stage that there is, by its key, whether it takes part or not.
  private var settings: [String: any StageSettings] = [:]

  /// Stages with their standard settings.
  public init(stages: Set<Stage>) {
    self.stages = stages
    for type in CorrectionStages.all { setStandard(type) }
  }

  /// The first three stages with settings of one's own.
  public init(
    stages: Set<Stage>, stn: STN = .standard, color: Color = .standard, unet: UNet = .standard
  ) {
    self.init(stages: stages)
    (self.stn, self.color, self.unet) = (stn, color, unet)
  }

  /// G of the paper: STN → U-Net, bilinear.
  public static let paper = CorrectorConfiguration(stages: [.stn, .unet])

  /// The stages in the order in which they are applied.
  public var orderedStages: [Stage] { Stage.allCases.filter(stages.contains) }

  /// What is done when G is used that is no part of its network from x to ŷ, a line each: an export of
  /// the network lacks it.
  public var beyondNetwork: [String] {
    guard stages.contains(.stn) else { return [] }
    return [
      stn.refinement.map {
        "refinement by the \($0.rawValue): θ stays as the network predicts it"
      },
      stn.photoFilter.map {
        "reading the photo itself (photo_filter: \($0.rawValue)): x is read between its pixels"
      },
    ].compactMap(\.self)
  }

  private mutating func setStandard<S: CorrectionStage>(_ stage: S.Type) {
    settings[S.key] = S.Settings.standard
  }

  /// A stage's settings.
  subscript<S: CorrectionStage>(_ stage: S.Type) -> S.Settings {
    get { settings[S.key] as? S.Settings ?? .standard }
    set { settings[S.key] = newValue }
  }

  /// Whether stages and all settings are the same.
  public static func == (a: CorrectorConfiguration, b: CorrectorConfiguration) -> Bool {
    func equal<S: CorrectionStage>(_ stage: S.Type) -> Bool { a[stage] == b[stage] }
    return a.stages == b.stages && CorrectionStages.all.allSatisfy { equal($0) }
  }

  /// Whether both have a stage, and its networks have the same parameters in both.
  func isAlike(_ other: CorrectorConfiguration, _ stage: Stage) -> Bool {
    func fit<S: CorrectionStage>(_ stage: S.Type) -> Bool { self[stage].fits(other[stage]) }
    return stages.contains(stage) && other.stages.contains(stage) && fit(stage.type)
  }

  /// The networks of the stages that take part, in their order.
  func makeStages() -> [(stage: Stage, network: any CorrectionStage)] {
    func make<S: CorrectionStage>(_ type: S.Type) -> any CorrectionStage { S(self[type]) }
    return orderedStages.map { ($0, make($0.type)) }
  }

  /// - Throws: `UserError` for sizes that make no network, before memory is asked for.
  public func check() throws {
    func check<S: CorrectionStage>(_ type: S.Type) throws {
      do {
        try self[type].check()
      } catch let error as UserError {
        throw UserError("corrector: \(S.name): \(error.problem)", remedy: error.remedy)
      }
    }
    let names = Stage.allCases.map(\.rawValue).joined(separator: ", ")
    guard !stages.isEmpty else { throw UserError("corrector: no stages; choose from \(names)") }
    for type in CorrectionStages.all { try check(type) }
    let count = try parameterCount
    guard count <= 1 << 29 else {
      throw UserError("corrector: \(count) parameters are too many; use smaller widths or views")
    }
  }
}

// MARK: - In files

extension CorrectorConfiguration {
  /// Keys of settings that stand in every file, since they did before there were other stages.
  private static let alwaysWritten: Set<String> = ["transformer", "color", "unet"]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    static let stages = Key(stringValue: "stages")
  }

  /// Stages in their order: a set's own order changes from process to process, and this text is
  /// digested to recognise a training run, and part of a corrector's file. Settings of a stage that
  /// takes no part are left out, so that a new stage changes no digest.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    func encode<S: CorrectionStage>(_ type: S.Type) throws {
      try container.encode(self[type], forKey: Key(stringValue: S.key))
    }
    try container.encode(orderedStages, forKey: .stages)
    for stage in Stage.allCases
    where stages.contains(stage) || Self.alwaysWritten.contains(stage.type.key) {
      try encode(stage.type)
    }
  }

  /// - Throws: `DecodingError` for a stage that is unknown or has no settings.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    self.init(stages: Set(try container.decode([Stage].self, forKey: .stages)))
    for stage in Stage.allCases {
      func decode<S: CorrectionStage>(_ type: S.Type) throws {
        let key = Key(stringValue: S.key)
        guard stages.contains(stage) || container.contains(key) else { return }
        self[type] = try container.decode(S.Settings.self, forKey: key)
      }
      try decode(stage.type)
    }
  }

  private static let stagesKey = Setting<[Stage]>.choices(
    "stages", "stage", "Those that G has, in the order of this list whatever the file's."
  ).required
  /// What files called a stage before.
  private static let formerNames = ["transformer": "stn"]

  /// The keys of a training file.
  package static let schema = SettingsSchema(
    "what G is made of",
    [stagesKey.declaration]
      + Stage.allCases.map { stage in
        let schema = stage.type.settingsSchema
        return SettingDeclaration(
          name: stage.rawValue, type: .group(schema), meaning: "Settings of \(schema.title).")
      })

  /// The corrector of a training file. A stage's settings stand under its name; `transformer` is what
  /// files called those of `stn` before.
  ///
  /// - Throws: `UserError` naming file and line.
  package init(yaml: YAMLReader) throws {
    let values = try SettingsReader(
      yaml, Self.schema, former: Self.formerNames.keys.sorted())
    self.init(stages: Set(try values(Self.stagesKey)))
    for stage in Stage.allCases {
      let keys =
        [stage.rawValue] + Self.formerNames.filter { $0.value == stage.rawValue }.map(\.key)
      let found = keys.compactMap { values[name: $0] }
      if found.count > 1 {
        throw found[1].error("given twice, as \(keys.joined(separator: " and "))")
      }
      if let value = found.first { try change(stage.type, to: value) }
    }
    try check(at: yaml)
  }

  private mutating func change<S: CorrectionStage>(_ type: S.Type, to value: YAMLReader) throws {
    self[type] = try S.Settings(yaml: value, changing: self[type])
  }

  private func check(at yaml: YAMLReader) throws {
    do {
      try check()
    } catch let error as UserError {
      throw yaml.error(error.problem)
    }
  }

  /// With other settings of stages that take part, under their names as in a training file; `null` takes
  /// one away that need not be.
  ///
  /// - Throws: `UserError` naming the place for what cannot be read, and for settings with which the
  ///   networks' parameters would mean something else.
  package func changing(_ yaml: YAMLReader) throws -> CorrectorConfiguration {
    var changed = self
    let values = try yaml.mapping(known: orderedStages.map(\.rawValue))
    for stage in orderedStages {
      guard let value = values[stage.rawValue] else { continue }
      try changed.change(stage.type, to: value)
      guard isAlike(changed, stage) else {
        throw value.error(
          "changes the network itself, whose parameters stay", remedy: "train another corrector")
      }
    }
    try changed.check(at: yaml)
    return changed
  }
}
