import Tracking

/// A corrector's file, not loaded yet.
public struct CorrectorReference: Sendable {
  /// As the experiment or the command line names it.
  public let path: String
  /// Its name, if it needs one, and the file's SHA-256.
  public let identity: CorrectorIdentity
  /// Reads the file.
  public let load: @Sendable () throws -> any ImageCorrector

  /// - Parameter load: must give a corrector of the identity's digest, or the run ends with an error.
  public init(
    path: String, identity: CorrectorIdentity,
    load: @escaping @Sendable () throws -> any ImageCorrector
  ) {
    self.path = path
    self.identity = identity
    self.load = load
  }
}

/// How a runner gets what other layers provide.
public struct Providers: Sendable {
  /// Finds the weights of a model, without loading the network: called for every model before
  /// anything runs.
  public var weights: @Sendable (_ model: String) throws -> WeightsRecord
  /// Loads a network; called only when it has something to do.
  public var classifier: @Sendable (_ weights: WeightsRecord) throws -> any ImageClassifier
  /// Opens a dataset of the resolved experiment: limited to `experiment.limit`, distorted by
  /// `experiment.distortion` with `experiment.seed`.
  public var source:
    @Sendable (_ dataset: Experiment.Dataset, _ experiment: Experiment) throws ->
      any PreparedSource
  /// The correctors, in the order of their rows; empty when none was given.
  public var correctors: [CorrectorReference]

  /// What each closure must do is said at the property of its name.
  public init(
    weights: @escaping @Sendable (String) throws -> WeightsRecord,
    classifier: @escaping @Sendable (WeightsRecord) throws -> any ImageClassifier,
    source: @escaping @Sendable (Experiment.Dataset, Experiment) throws -> any PreparedSource,
    correctors: [CorrectorReference] = []
  ) {
    (self.weights, self.classifier) = (weights, classifier)
    (self.source, self.correctors) = (source, correctors)
  }
}

/// Where and with what a run computes; recorded as its provenance.
public struct RunEnvironment: Sendable {
  /// The convolution engine's name, part of a cell's identity.
  public var engine: String
  /// The engine's library and version.
  public var engineVersion: String
  /// `float32` or `bfloat16`.
  public var precision: String
  /// Compute threads.
  public var threads: Int
  /// Version by component.
  public var versions: [String: String]
  /// Git's commit of the program, when known.
  public var commit: String?
  /// The command line, as typed.
  public var command: String

  /// - Parameter versions: by component, e.g. `realitygap`.
  public init(
    engine: String, engineVersion: String, precision: String, threads: Int,
    versions: [String: String], commit: String? = nil, command: String
  ) {
    (self.engine, self.engineVersion, self.precision) = (engine, engineVersion, precision)
    (self.threads, self.versions, self.commit, self.command) = (threads, versions, commit, command)
  }
}
