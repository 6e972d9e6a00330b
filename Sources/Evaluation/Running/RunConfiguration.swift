import Datasets
import Foundation
import Tracking

/// Everything that decides what a run computes, as it is stored with the run. A run of an equal
/// configuration that did not end is continued.
public struct RunConfiguration: Codable, Sendable, Equatable {
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
  public let engine: String
  public let precision: String
  public let batchSize: Int
  /// The part `i/n` of the batches that the run computes; `nil` for all of them.
  public let shard: String?

  public init(
    experiment: Experiment, weights: [String: String], datasets: [String: String],
    correctors: [CorrectorIdentity], simulated: [String], facts: [String: DatasetFacts]? = nil,
    engine: String, precision: String, batchSize: Int, shard: Shard? = nil
  ) {
    self.facts = facts
    self.shard = shard?.description
    self.experiment = experiment
    self.weights = weights
    self.datasets = datasets
    self.correctors = correctors
    self.simulated = simulated
    self.engine = engine
    self.precision = precision
    self.batchSize = batchSize
  }

  /// JSON with sorted keys in snake case; those of dictionaries stay as they are.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Reads what `json()` wrote, also when keys were in camel case; `nil` when it is something else.
  public init?(json: String) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let value = try? decoder.decode(Self.self, from: Data(json.utf8)) else {
      return nil
    }
    self = value
  }
}

extension RunConfiguration {
  /// Whether the run computed this cell or would show it, had another run computed it before.
  public func asks(for cell: CellIdentity) -> Bool {
    guard let condition = Condition(rawValue: cell.condition),
      experiment.conditions.contains(condition), experiment.models.contains(cell.model),
      weights[cell.model] == cell.weights, datasets.values.contains(cell.dataset),
      engine == cell.engine, precision == cell.precision
    else { return false }
    let view = experiment.view(of: condition)
    guard view.rawValue == cell.view else { return false }
    if view == .distorted {
      guard experiment.distortion == cell.distortion, experiment.seed == cell.seed,
        experiment.draws == cell.draws
      else { return false }
    }
    // Runs from before several correctors were supported did not name theirs.
    guard condition == .corrected, let correctors else { return true }
    return correctors.contains { $0.digest == cell.corrector }
  }
}
