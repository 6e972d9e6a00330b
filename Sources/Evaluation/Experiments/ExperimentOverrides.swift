import Models
import Support
import Tracking

/// What the command line changes of an experiment.
public struct ExperimentOverrides: Sendable {
  /// Path by name of dataset.
  public var data: [String: String]
  /// A subset of the experiment's models, or `nil` for all.
  public var models: [String]?
  /// `nil` for the experiment's, like the numbers below.
  public var seed: UInt64?
  /// Distortions of each image, 1…1,000,000.
  public var draws: Int?
  /// At most so many images of each set, from 1; the experiment's, which may have none, for `nil`.
  public var limit: Int?
  /// The folder of `<model>.h5`.
  public var weights: String?
  /// The file that lists the classes.
  public var classes: String?
  /// The corrector's file, or several by name.
  public var corrector: CorrectorChoice?
  /// More models, which other programs compute.
  public var classifiers: [ExternalModel]
  /// Leave corrected cells empty, whatever corrector the experiment names.
  public var withoutCorrector: Bool

  /// What is left out stays as it is in the experiment.
  public init(
    data: [String: String] = [:], models: [String]? = nil, seed: UInt64? = nil, draws: Int? = nil,
    limit: Int? = nil, weights: String? = nil, classes: String? = nil,
    corrector: CorrectorChoice? = nil,
    classifiers: [ExternalModel] = [], withoutCorrector: Bool = false
  ) {
    (self.data, self.models, self.seed) = (data, models, seed)
    (self.draws, self.limit) = (draws, limit)
    (self.weights, self.corrector, self.withoutCorrector) = (weights, corrector, withoutCorrector)
    (self.classifiers, self.classes) = (classifiers, classes)
  }
}

extension Experiment {
  /// Adds a model that another program computes.
  ///
  /// - Throws: `UserError` for the name of one of the program's own models, or of another that the
  ///   experiment has.
  mutating func add(_ classifier: ExternalModel) throws {
    let name = classifier.name
    guard !Architecture.all.contains(where: { $0.name == name }) else {
      throw UserError(
        "classifier \(name): the program has a model of this name itself",
        remedy: "choose another name")
    }
    guard !models.contains(name) else { throw UserError("classifier \(name): is there twice") }
    models.append(name)
    classifiers = (classifiers ?? []) + [classifier]
  }

  /// The experiment with the command line's changes, complete: every dataset has a path.
  ///
  /// - Parameter needsPaths: whether a dataset without a path is an error.
  /// - Throws: `UserError` for a dataset or model that it does not have (with those it has), a
  ///   dataset without path, or a number out of range.
  public func applying(
    _ overrides: ExperimentOverrides, needsPaths: Bool = true
  ) throws -> Experiment {
    var result = self
    let names = datasets.map(\.name)
    for (name, path) in overrides.data.sorted(by: { $0.key < $1.key }) {
      guard let index = names.firstIndex(of: name) else {
        throw UserError(
          "--data \(name)=\(path): \(self.name) has no dataset \(name)",
          remedy: Suggestion.remedy(for: name, among: names, lead: "it has"))
      }
      result.datasets[index].path = path
      // The file's kind is that of its own default, not of somebody else's folder.
      result.datasets[index].kind = nil
    }
    for classifier in overrides.classifiers { try result.add(classifier) }
    if let chosen = overrides.models {
      let models = result.models
      for model in chosen where !models.contains(model) {
        throw UserError(
          "--models \(model): \(name) has no model \(model)",
          remedy: Suggestion.remedy(for: model, among: models, lead: "it has"))
      }
      result.models = models.filter(chosen.contains)
      result.classifiers = result.classifiers?.filter { chosen.contains($0.name) }
      guard !result.models.isEmpty else { throw UserError("--models: no model given") }
    }
    // SQLite's integers are signed.
    if let seed = overrides.seed {
      guard seed <= UInt64(Int64.max) else { throw UserError("--seed: at most \(Int64.max)") }
      result.seed = seed
    }
    if let draws = overrides.draws {
      guard (1...1_000_000).contains(draws) else {
        throw UserError("--draws \(draws): must be 1 to 1000000")
      }
      result.draws = draws
    }
    if let limit = overrides.limit {
      guard limit >= 1 else { throw UserError("--limit \(limit): must be at least 1") }
      result.limit = limit
    }
    result.weights = overrides.weights ?? weights
    result.classes = overrides.classes ?? classes
    result.corrector = overrides.withoutCorrector ? nil : overrides.corrector ?? corrector
    for dataset in result.datasets where needsPaths && dataset.path == nil {
      throw UserError(
        "\(name): no path given for dataset \(dataset.name)",
        remedy: "give --data \(dataset.name)=PATH")
    }
    return result
  }
}
