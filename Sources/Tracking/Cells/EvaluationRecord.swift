import GRDB

/// A dataset as the store knows it.
public struct DatasetRecord: Sendable, Equatable {
  public let fingerprint: String
  public let name: String
  /// The layout, e.g. `class-folders`.
  public let kind: String
  public let path: String
  /// Name and label of each image; names are unique.
  public let items: [Item]

  /// An image's name within its dataset, and its class.
  public struct Item: Sendable, Equatable {
    public let name: String
    public let label: Int
    /// What else the set's fingerprint knows of it, e.g. its size; `nil` where that is not known.
    public let content: String?

    public init(name: String, label: Int, content: String? = nil) {
      self.name = name
      self.label = label
      self.content = content
    }
  }

  public init(fingerprint: String, name: String, kind: String, path: String, items: [Item]) {
    self.fingerprint = fingerprint
    self.name = name
    self.kind = kind
    self.path = path
    self.items = items
  }
}

/// A weights file.
public struct WeightsRecord: Sendable, Equatable {
  public let sha256: String
  public let architecture: String
  public let path: String
  /// Where the file says it came from; empty when it says nothing.
  public let source: String

  public init(sha256: String, architecture: String, path: String, source: String = "") {
    self.sha256 = sha256
    self.architecture = architecture
    self.path = path
    self.source = source
  }
}

/// What a cell is and how it is computed, before it has results.
public struct NewEvaluation: Sendable {
  public var identity: CellIdentity
  public var experiment: String
  /// SHA-256 of the experiment's file.
  public var experimentDigest: String
  /// The experiment's name for the dataset.
  public var datasetName: String
  public var correctorPath: String?
  /// The run that trained the corrector, when it is in this database.
  public var correctorRun: Int64?
  /// The requested limit on images, or `nil`.
  public var limit: Int?
  /// How many predictions it has when nothing fails: images times draws.
  public var expected: Int
  public var engineVersion: String
  public var threads: Int

  public init(
    identity: CellIdentity, experiment: String, experimentDigest: String, datasetName: String,
    correctorPath: String? = nil, correctorRun: Int64? = nil, limit: Int? = nil, expected: Int,
    engineVersion: String, threads: Int
  ) {
    self.identity = identity
    self.experiment = experiment
    self.experimentDigest = experimentDigest
    self.datasetName = datasetName
    self.correctorPath = correctorPath
    self.correctorRun = correctorRun
    self.limit = limit
    self.expected = expected
    self.engineVersion = engineVersion
    self.threads = threads
  }
}

/// A cell as an experiment shows it: a row of `evaluations` with what it refers to.
public struct EvaluationRecord: Sendable, Equatable, Decodable, FetchableRecord {
  public let id: Int64
  public let runID: Int64
  public let cellKey: String
  /// The experiment that shows it.
  public let experiment: String
  /// SHA-256 of the experiment's file that had it computed.
  public let experimentSHA256: String
  public let model: String
  public let weightsSHA256: String
  public let weightsPath: String
  public let weightsSource: String
  /// The experiment's name for the dataset.
  public let dataset: String
  public let datasetFingerprint: String
  public let datasetKind: String
  public let datasetPath: String
  /// The number of images.
  public let itemCount: Int
  public let condition: String
  public let view: String
  public let distortion: String?
  public let correctorSHA256: String?
  public let correctorPath: String?
  public let correctorRunID: Int64?
  public let seed: Int64?
  public let draws: Int
  public let itemLimit: Int?
  public let expected: Int
  public let engine: String
  public let engineVersion: String
  public let precision: String
  public let threads: Int
  /// Whether all predictions are there.
  public let isFinished: Bool
  public let startedAt: String
  public let finishedAt: String?

  /// Whether another program made the predictions.
  public var isImported: Bool { engine == CellIdentity.importedEngine }

  /// The columns in the names of the properties; `c` is `experiment_cells`.
  static let selection = """
    SELECT e.id, e.run_id AS runID, e.cell_key AS cellKey, c.experiment,
      e.experiment_sha256 AS experimentSHA256, e.model, e.weights_sha256 AS weightsSHA256,
      w.path AS weightsPath, w.source AS weightsSource, c.dataset,
      d.fingerprint AS datasetFingerprint, d.kind AS datasetKind, d.path AS datasetPath,
      d.item_count AS itemCount, e.condition, e.view, e.distortion,
      e.corrector_sha256 AS correctorSHA256, e.corrector_path AS correctorPath,
      e.corrector_run_id AS correctorRunID, e.seed, e.draws, e.item_limit AS itemLimit, e.expected,
      e.engine, e.engine_version AS engineVersion, e.precision, e.threads,
      e.status = 'finished' AS isFinished, e.started_at AS startedAt, e.finished_at AS finishedAt
    FROM experiment_cells c
    JOIN evaluations e ON e.id = c.evaluation_id
    JOIN datasets d ON d.id = e.dataset_id
    JOIN weights w ON w.sha256 = e.weights_sha256
    """
}
