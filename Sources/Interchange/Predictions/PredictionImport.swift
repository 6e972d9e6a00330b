import Datasets
import Evaluation
import Foundation
import Support
import Tracking

/// Which cell a file's predictions belong to.
public struct PredictionImport: Sendable, Codable, Equatable {
  /// The experiment that shows the cell.
  public var experiment: String
  /// The experiment's name for the dataset.
  public var dataset: String
  /// The model's name, e.g. `convnext_tiny`.
  public var model: String
  public var condition: Condition
  /// The pixels that the model, or the corrector before it, was given.
  public var view: ImageView
  public var draws: Int
  /// The distortion preset of a distorted view, where it is ours.
  public var distortion: String?
  /// The seed of a distorted view, where the distortions are ours.
  public var seed: UInt64?
  /// SHA-256 of the corrector's file, and the file.
  public var corrector: String?
  public var correctorPath: String?
  /// Where the predictions come from, in a few words.
  public var source: String

  /// - Parameter isRaw: whether what was corrected was a raw photo and no distorted one.
  public init(
    experiment: String, dataset: String, model: String, condition: Condition,
    isRaw: Bool = false, draws: Int = 1, distortion: String? = nil, seed: UInt64? = nil,
    corrector: (digest: String, path: String)? = nil, source: String = ""
  ) {
    self.experiment = experiment
    self.dataset = dataset
    self.model = model
    self.condition = condition
    view =
      switch condition {
      case .canonical: .canonical
      case .distorted: .distorted
      case .raw: .raw
      case .corrected: isRaw ? .raw : .distorted
      }
    self.draws = draws
    self.distortion = view == .distorted ? distortion : nil
    self.seed = view == .distorted ? seed : nil
    self.corrector = corrector?.digest
    correctorPath = corrector?.path
    self.source = source
  }

  /// The dataset among those that the database has by that name: the one whose images are the file's,
  /// else the one that the experiment last used, of which something will then be missing.
  ///
  /// - Throws: `UserError` when the database has none of that name.
  public func knownDataset(for file: PredictionFile, in store: Store) throws -> DatasetRecord {
    let known = try store.datasets(named: dataset, experiment: experiment)
    let items = Set(file.rows.map(\.item))
    let fitting = known.first {
      $0.items.count == items.count && file.overlap(with: $0) == items.count
    }
    guard let dataset = fitting ?? known.first else {
      throw UserError(
        "\(store.path): has no dataset \(dataset)",
        remedy: "give --data PATH, run the experiment first, or check --dataset and --database")
    }
    return dataset
  }

  /// Checks a file's predictions against a dataset and stores them: all of them, or nothing.
  ///
  /// - Returns: the run that now stands for the import, or `nil` when it was already imported.
  /// - Throws: `UserError` as `PredictionFile.predictions(of:draws:)`, or of the database.
  public func store(
    _ file: PredictionFile, dataset: DatasetRecord, in store: Store, command: String,
    versions: [String: String], commit: String?
  ) throws -> Int64? {
    let predictions = try file.predictions(of: dataset, draws: draws)
    let configuration = Record(
      imported: self, file: file.path, sha256: file.digest, fingerprint: dataset.fingerprint)
    return try store.importCell(
      NewEvaluation(
        identity: CellIdentity(
          model: model, weights: file.digest, dataset: dataset.fingerprint,
          condition: condition.rawValue, view: view.rawValue, distortion: distortion,
          corrector: corrector, seed: seed, draws: draws,
          engine: CellIdentity.importedEngine, precision: "unknown"),
        experiment: experiment, experimentDigest: "", datasetName: self.dataset,
        correctorPath: correctorPath, correctorRun: try corrector.flatMap(store.trainingRun),
        expected: dataset.items.count * draws, engineVersion: "from a CSV file", threads: 0),
      dataset: dataset,
      weights: WeightsRecord(
        sha256: file.digest, architecture: model, path: file.path, source: source),
      predictions: predictions,
      run: NewRun(
        kind: .evaluate, name: experiment, configuration: try configuration.json(),
        command: command, versions: versions, commit: commit))
  }

  /// What is stored as the run's configuration.
  private struct Record: Encodable {
    let imported: PredictionImport
    let file: String
    let sha256: String
    let fingerprint: String

    func json() throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
