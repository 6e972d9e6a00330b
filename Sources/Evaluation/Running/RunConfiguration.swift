import Foundation

/// Everything that decides what a run computes, as it is stored with the run. A run of an equal
/// configuration that did not end is continued.
public struct RunConfiguration: Codable, Sendable, Equatable {
  public let experiment: Experiment
  /// SHA-256 by model.
  public let weights: [String: String]
  /// Fingerprint by the experiment's name of the dataset.
  public let datasets: [String: String]
  /// In the order of their rows; `nil` in runs of before there could be several.
  public let correctors: [CorrectorIdentity]?
  /// The experiment's names of the datasets that are simulated; `nil` in runs of before there were
  /// any.
  public let simulated: [String]?
  public let engine: String
  public let precision: String
  public let batchSize: Int

  public init(
    experiment: Experiment, weights: [String: String], datasets: [String: String],
    correctors: [CorrectorIdentity], simulated: [String], engine: String, precision: String,
    batchSize: Int
  ) {
    self.experiment = experiment
    self.weights = weights
    self.datasets = datasets
    self.correctors = correctors
    self.simulated = simulated
    self.engine = engine
    self.precision = precision
    self.batchSize = batchSize
  }

  /// JSON with sorted keys.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Reads what `json()` wrote; `nil` when it is something else.
  public init?(json: String) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else {
      return nil
    }
    self = value
  }
}
