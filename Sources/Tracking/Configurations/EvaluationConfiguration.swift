/// Everything that decides what an evaluation run computes. A run of an equal configuration that did
/// not end is continued.
public struct EvaluationConfiguration: RunConfiguration, Equatable {
  /// With all that options replaced in it.
  public let experiment: Experiment
  /// SHA-256 by model.
  public let weights: [String: String]
  /// Fingerprint by the experiment's name of the dataset.
  public let datasets: [String: String]
  /// In the order of their rows; `nil` in runs from before several were supported.
  public let correctors: [CorrectorIdentity]?
  /// The experiment's names of the datasets that are simulated; `nil` in runs of before there were
  /// any.
  public let simulated: [String]?
  /// What kind of set each dataset was, by the experiment's names; `nil` in runs stored before this
  /// was recorded.
  public let facts: [String: DatasetFacts]?
  /// The convolution engine, e.g. `onednn`.
  public let engine: String
  /// `float32` or `bfloat16`.
  public let precision: String
  /// (Image, draw) per batch.
  public let batchSize: Int
  /// The part `i/n` of the batches that the run computes; `nil` for all of them.
  public let shard: String?

  /// The configuration of these settings.
  public init(
    experiment: Experiment, weights: [String: String], datasets: [String: String],
    correctors: [CorrectorIdentity], simulated: [String], facts: [String: DatasetFacts]? = nil,
    engine: String, precision: String, batchSize: Int, shard: String? = nil
  ) {
    (self.experiment, self.weights, self.datasets) = (experiment, weights, datasets)
    (self.correctors, self.simulated, self.facts) = (correctors, simulated, facts)
    (self.engine, self.precision, self.batchSize) = (engine, precision, batchSize)
    self.shard = shard
  }
}

extension EvaluationConfiguration {
  /// How many raw views each image of a dataset has, by the experiment's name for it.
  func photographs(dataset: String) -> Int { facts?[dataset]?.settings?.count ?? 1 }

  /// Whether the run computed this cell or would show it, had another run computed it before.
  public func asks(for cell: CellIdentity) -> Bool {
    guard experiment.conditions.contains(cell.condition), experiment.models.contains(cell.model),
      weights[cell.model] == cell.weights,
      let dataset = datasets.first(where: { $0.value == cell.dataset })
    else { return false }
    let asked = experiment.identity(
      model: cell.model, weights: cell.weights, fingerprint: cell.dataset,
      photographs: photographs(dataset: dataset.key), condition: cell.condition,
      corrector: cell.corrector, engine: engine, precision: precision)
    guard cell == asked else { return false }
    // Runs from before several correctors were supported did not name theirs.
    guard cell.condition == .corrected, let correctors else { return true }
    return correctors.contains { $0.digest == cell.corrector }
  }
}
