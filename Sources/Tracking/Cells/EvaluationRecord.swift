import GRDB
import Support

/// A dataset as the store knows it.
public struct DatasetRecord: Sendable, Equatable {
  /// SHA-256 over the names, labels and sizes of its images, see `LabelledDataset`.
  public let fingerprint: String
  /// What it was called when it was first stored.
  public let name: String
  /// The layout, e.g. `class-folders`.
  public let kind: String
  /// Where it lay when it was first stored.
  public let path: String
  /// Name and label of each image; names are unique.
  public let items: [Item]
  /// The classes that labels count in; `nil` for ImageNet's.
  public let classList: ClassListRecord?

  /// An image's name within its dataset, and its class.
  public struct Item: Sendable, Equatable, FetchableRecord {
    /// Relative to the dataset, e.g. `n01440764/a.jpg`.
    public let name: String
    /// Index of the class, from 0.
    public let label: Int
    /// Indices of other classes that are right as well, ascending; empty in most sets.
    public let alsoRight: [Int]
    /// What else the set's fingerprint knows of it, e.g. its size; `nil` where that is not known.
    public let content: String?

    /// An image with these facts.
    public init(name: String, label: Int, alsoRight: [Int] = [], content: String? = nil) {
      (self.name, self.label, self.content) = (name, label, content)
      self.alsoRight = alsoRight
    }

    /// Of the columns `name`, `label`, `also_right` and `content`.
    public init(row: Row) throws {
      self.init(
        name: try row.value("name"), label: try row.value("label"),
        alsoRight: try IndexList(text: try row.value("also_right")).indices,
        content: try row.value("content"))
    }

    /// Whether a class is right.
    public func isRight(_ index: Int) -> Bool { index == label || alsoRight.contains(index) }
  }

  /// A dataset with these facts.
  public init(
    fingerprint: String, name: String, kind: String, path: String, items: [Item],
    classList: ClassListRecord? = nil
  ) {
    (self.fingerprint, self.name, self.kind) = (fingerprint, name, kind)
    (self.path, self.items, self.classList) = (path, items, classList)
  }
}

/// A weights file.
public struct WeightsRecord: Sendable, Equatable {
  /// Of the whole file.
  public let sha256: String
  /// The model's name, e.g. `resnet50`.
  public let architecture: String
  /// Where the file lay when it was first used.
  public let path: String
  /// Where the file says it came from; empty when it says nothing.
  public let source: String

  /// A weights file with these facts.
  public init(sha256: String, architecture: String, path: String, source: String = "") {
    (self.sha256, self.architecture) = (sha256, architecture)
    (self.path, self.source) = (path, source)
  }
}

/// What a cell is and how it is computed, before it has results.
public struct NewEvaluation: Sendable {
  /// What decides its predictions.
  public var identity: CellIdentity
  /// The name of the experiment that asks for it.
  public var experiment: String
  /// SHA-256 of the experiment's file.
  public var experimentDigest: String
  /// The experiment's name for the dataset.
  public var datasetName: String
  /// The corrector's file; `nil` where nothing is corrected.
  public var correctorPath: String?
  /// The run that trained the corrector, when it is in this database.
  public var correctorRun: Int64?
  /// The requested limit on images, or `nil`.
  public var limit: Int?
  /// How many predictions it has when nothing fails: images times draws.
  public var expected: Int
  /// E.g. `OpenBLAS 0.3.21`.
  public var engineVersion: String
  /// Threads of the computation; 0 where predictions were imported.
  public var threads: Int

  /// A cell that is about to be computed.
  public init(
    identity: CellIdentity, experiment: String, experimentDigest: String, datasetName: String,
    correctorPath: String? = nil, correctorRun: Int64? = nil, limit: Int? = nil, expected: Int,
    engineVersion: String, threads: Int
  ) {
    (self.identity, self.datasetName) = (identity, datasetName)
    (self.experiment, self.experimentDigest) = (experiment, experimentDigest)
    (self.correctorPath, self.correctorRun) = (correctorPath, correctorRun)
    (self.limit, self.expected, self.engineVersion) = (limit, expected, engineVersion)
    self.threads = threads
  }
}

extension NewEvaluation {
  /// What `evaluations` has of it, by column.
  var columns: Database.Values {
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
  /// Its row in `evaluations`.
  public let id: Int64
  /// The run that owns it: the one that computed it or continues it.
  public let runID: Int64
  /// SHA-256, see `CellIdentity.key()`.
  public let cellKey: String
  /// The experiment that shows it.
  public let experiment: String
  /// SHA-256 of the experiment's file that had it computed.
  public let experimentSHA256: String
  /// The classifier's name, e.g. `resnet50`.
  public let model: String
  /// Of the classifier's file, or of the file of imported predictions.
  public let weightsSHA256: String
  /// Where that file lay when it was first used.
  public let weightsPath: String
  /// Where that file says it came from; empty when it says nothing.
  public let weightsSource: String
  /// The experiment's name for the dataset.
  public let dataset: String
  /// Of the images and labels that were evaluated.
  public let datasetFingerprint: String
  /// SHA-256 of the list of the dataset's classes, see `Store.classes(ofList:)`; `nil` for ImageNet's.
  public let classList: String?
  /// The layout, e.g. `class-folders`.
  public let datasetKind: String
  /// Where the dataset lay when it was first stored.
  public let datasetPath: String
  /// The number of images.
  public let itemCount: Int
  /// What the classifier saw.
  public let condition: Condition
  /// The pixels that it, or the corrector before it, was given.
  public let view: ImageView
  /// See `Distortion.identity`; `nil` unless the view is distorted.
  public let distortion: String?
  /// Of the corrector's file; `nil` where nothing was corrected.
  public let correctorSHA256: String?
  /// Where the corrector lay; `nil` where that is not known.
  public let correctorPath: String?
  /// The run that trained the corrector, when it is in this database.
  public let correctorRunID: Int64?
  /// The bits of an unsigned number; `nil` unless the view is distorted.
  public let seed: Int64?
  /// Draws per image: 1 unless the view is distorted.
  public let draws: Int
  /// The requested limit on images; `nil` for all.
  public let itemLimit: Int?
  /// Predictions when nothing fails: images times draws.
  public let expected: Int
  /// The convolution engine, e.g. `onednn`, or `imported`.
  public let engine: String
  /// E.g. `OpenBLAS 0.3.21`.
  public let engineVersion: String
  /// `float32` or `bfloat16`; `unknown` where predictions were imported.
  public let precision: String
  /// Threads of the computation; 0 where predictions were imported.
  public let threads: Int
  /// Whether all predictions are there.
  public let isFinished: Bool
  /// ISO 8601, UTC.
  public let startedAt: String
  /// ISO 8601, UTC; `nil` until all predictions are there.
  public let finishedAt: String?

  /// Whether another program made the predictions.
  public var isImported: Bool { engine == CellIdentity.importedEngine }

  /// Whether a process of its own computed the logits, see `ExternalModel`.
  public var isExternal: Bool { engine == CellIdentity.externalEngine }

  /// The columns of `selection`.
  private enum CodingKeys: String, CodingKey {
    case id, cellKey, experiment, model, weightsPath, weightsSource, dataset, datasetFingerprint
    case classList, datasetKind, datasetPath, itemCount, condition, view, distortion, correctorPath,
      seed
    case draws, itemLimit, expected, engine, engineVersion, precision, threads, isFinished
    case startedAt, finishedAt
    case runID = "runId"
    case experimentSHA256 = "experimentSha256"
    case weightsSHA256 = "weightsSha256"
    case correctorSHA256 = "correctorSha256"
    case correctorRunID = "correctorRunId"
  }

  /// Columns are the coding keys in snake case.
  public static var databaseColumnDecodingStrategy: DatabaseColumnDecodingStrategy {
    .convertFromSnakeCase
  }

  /// Every column of `evaluations` (`e`) with what it refers to. Of two columns of a name the first
  /// counts: the experiment is the one that shows the cell.
  static let selection = """
    SELECT c.experiment, c.dataset, d.fingerprint AS dataset_fingerprint, d.class_list,
      d.kind AS dataset_kind,
      d.path AS dataset_path, d.item_count, w.path AS weights_path, w.source AS weights_source,
      e.status = 'finished' AS is_finished, e.*
    FROM experiment_cells c
    JOIN evaluations e ON e.id = c.evaluation_id
    JOIN datasets d ON d.id = e.dataset_id
    JOIN weights w ON w.sha256 = e.weights_sha256
    """
}
