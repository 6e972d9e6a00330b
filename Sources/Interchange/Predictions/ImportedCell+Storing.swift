import Support
import Tracking

extension ImportedCell {
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
    let configuration = ImportConfiguration(
      self, file: file.path, sha256: file.digest, fingerprint: dataset.fingerprint)
    return try store.importCell(
      NewEvaluation(
        identity: CellIdentity(
          model: model, weights: file.digest, dataset: dataset.fingerprint,
          condition: condition, view: view, distortion: distortion,
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
}
