import GRDB
import Support

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

extension NewEvaluation {
  /// What `evaluations` has of it, by column.
  var columns: [(name: String, value: (any DatabaseValueConvertible)?)] {
    [
      ("experiment", experiment), ("experiment_sha256", experimentDigest),
      ("model", identity.model), ("weights_sha256", identity.weights),
      ("condition", identity.condition.rawValue), ("view", identity.view.rawValue),
      ("distortion", identity.distortion), ("corrector_sha256", identity.corrector),
      ("corrector_path", correctorPath), ("corrector_run_id", correctorRun),
      ("seed", identity.seed.map(Int64.init(bitPattern:))), ("draws", identity.draws),
      ("item_limit", limit), ("expected", expected), ("engine", identity.engine),
      ("engine_version", engineVersion), ("precision", identity.precision), ("threads", threads),
    ]
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
  public let condition: Condition
  public let view: ImageView
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

  /// The columns of `selection`.
  private enum CodingKeys: String, CodingKey {
    case id, experiment, model, dataset, condition, view, distortion, seed, draws, expected
    case engine, precision, threads
    case runID = "run_id"
    case cellKey = "cell_key"
    case experimentSHA256 = "experiment_sha256"
    case weightsSHA256 = "weights_sha256"
    case weightsPath = "weights_path"
    case weightsSource = "weights_source"
    case datasetFingerprint = "dataset_fingerprint"
    case datasetKind = "dataset_kind"
    case datasetPath = "dataset_path"
    case itemCount = "item_count"
    case correctorSHA256 = "corrector_sha256"
    case correctorPath = "corrector_path"
    case correctorRunID = "corrector_run_id"
    case itemLimit = "item_limit"
    case engineVersion = "engine_version"
    case isFinished = "is_finished"
    case startedAt = "started_at"
    case finishedAt = "finished_at"
  }

  /// Every column of `evaluations` (`e`) with what it refers to. Of two columns of a name the first
  /// counts: the experiment is the one that shows the cell.
  static let selection = """
    SELECT c.experiment, c.dataset, d.fingerprint AS dataset_fingerprint, d.kind AS dataset_kind,
      d.path AS dataset_path, d.item_count, w.path AS weights_path, w.source AS weights_source,
      e.status = 'finished' AS is_finished, e.*
    FROM experiment_cells c
    JOIN evaluations e ON e.id = c.evaluation_id
    JOIN datasets d ON d.id = e.dataset_id
    JOIN weights w ON w.sha256 = e.weights_sha256
    """
}
