import Support

/// What decides the results of a training run.
public struct TrainingRunConfiguration: RunConfiguration, Equatable {
  /// What is read of a phase of the training file.
  public struct Phase: Codable, Sendable, Equatable {
    /// As the training file has it; two phases may share one.
    public let name: String
    /// Steps, 0 to 10¹².
    public let steps: Int
    /// Weights by the losses' names; `nil` in runs of before there were any.
    public let losses: JSONValue?
  }

  /// A folder of photos.
  public struct Photos: Codable, Sendable, Equatable {
    /// As the command had it.
    public let path: String
    /// How many photos it has, in digits.
    public let count: String
    /// SHA-256 over the names and sizes of the photos.
    public let fingerprint: String

    /// A folder with these facts.
    public init(path: String, count: Int, fingerprint: String) {
      (self.path, self.count, self.fingerprint) = (path, "\(count)", fingerprint)
    }
  }

  /// The whole training file, its keys in snake case.
  public let training: JSONValue
  /// The phases of `training`.
  public let phases: [Phase]
  /// `nil` in runs of before it was stored, as are engine and precision.
  public let images: Photos?
  /// Held-out photos, where there are any.
  public let validation: Photos?
  /// The corrector that training started from, where it did.
  public let initial: StoredFile?
  /// The convolution engine, e.g. `onednn`.
  public let engine: String?
  /// `float32` or `bfloat16`.
  public let precision: String?
  /// What options of the command changed of the training file, in their order; `nil` for nothing.
  package let changes: [YAMLSettings.Change]?

  private enum CodingKeys: String, CodingKey {
    case training, images, validation, initial, engine, precision, changes
  }

  /// What is read of `training`.
  private struct Outline: Decodable {
    let phases: [Phase]
  }

  /// Beyond any training; sums of it do not overflow.
  private static let mostSteps = 1_000_000_000_000

  /// - Parameter training: the training file as it was read; its phases must be what `Phase` reads.
  /// - Throws: What encoding or reading it throws.
  package init(
    training: some Encodable, images: Photos, validation: Photos?, initial: StoredFile?,
    engine: String, precision: String, changes: [YAMLSettings.Change] = []
  ) throws {
    let settings = try JSONValue(encoding: training)
    // Read as a report will read it, so that the run cannot be stored in another form.
    phases = try Self(stored: JSONValue.object(["training": settings]).line()).phases
    self.training = settings
    (self.images, self.validation, self.initial) = (images, validation, initial)
    (self.engine, self.precision) = (engine, precision)
    self.changes = changes.isEmpty ? nil : changes
  }

  /// Reads it with the phases that its training file has.
  ///
  /// - Throws: `DecodingError`, also for a number of steps that makes no sense.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    training = try values.decode(JSONValue.self, forKey: .training)
    phases = try values.decode(Outline.self, forKey: .training).phases
    images = try values.decodeIfPresent(Photos.self, forKey: .images)
    validation = try values.decodeIfPresent(Photos.self, forKey: .validation)
    initial = try values.decodeIfPresent(StoredFile.self, forKey: .initial)
    engine = try values.decodeIfPresent(String.self, forKey: .engine)
    precision = try values.decodeIfPresent(String.self, forKey: .precision)
    changes = try values.decodeIfPresent([YAMLSettings.Change].self, forKey: .changes)
    guard phases.allSatisfy({ (0...Self.mostSteps).contains($0.steps) }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .training, in: values,
        debugDescription: "has a phase whose number of steps makes no sense")
    }
  }
}

/// A file that a run read.
public struct StoredFile: Codable, Sendable, Equatable {
  /// As the command had it.
  public let path: String
  /// Of the file when the run read it.
  public let sha256: String

  /// A file with its digest.
  public init(path: String, sha256: String) { (self.path, self.sha256) = (path, sha256) }
}
