import Foundation
import Support
import Synchronization
import Tracking

/// The processes of an experiment's external classifiers, each started when it is first asked for.
public final class ExternalClassifiers: Sendable {
  private let models: [String: ExternalModel]
  private let classes: Int
  private let timeLimit: TimeInterval
  private let started = Mutex<[String: ExternalClassifier]>([:])

  /// - Parameters:
  ///   - classes: how many each must have.
  ///   - timeLimit: seconds that a process may take to begin, and for each answer.
  public init(_ experiment: Experiment, classes: Int, timeLimit: TimeInterval) {
    let pairs = (experiment.classifiers ?? []).map { ($0.name, $0) }
    models = Dictionary(pairs) { first, _ in first }
    (self.classes, self.timeLimit) = (classes, timeLimit)
  }

  /// A model's process; `nil` for a model that is none of these.
  ///
  /// - Throws: `UserError` as `ExternalClassifier` does.
  public subscript(model: String) -> ExternalClassifier? {
    get throws {
      guard let external = models[model] else { return nil }
      return try started.withLock { started in
        if let known = started[model] { return known }
        let classifier = try ExternalClassifier(
          external, classes: classes, timeLimit: timeLimit)
        started[model] = classifier
        return classifier
      }
    }
  }

  /// What is recorded of a model; `nil` for a model that is none of these.
  ///
  /// - Throws: `UserError` as `ExternalClassifier` does.
  public func record(of model: String) throws -> WeightsRecord? {
    guard let external = models[model] else { return nil }
    return try self[model]?.record(command: external.command)
  }
}
