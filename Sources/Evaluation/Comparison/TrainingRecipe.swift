import Tracking

/// All settings of a training but its seed: runs of one recipe are repeats of each other.
///
/// What a run is called, where and when it ran, and what its options changed of a file are no settings.
public struct TrainingRecipe: Hashable, Sendable {
  private let settings: [String: String]

  private init(_ configuration: [String: String]) {
    settings = configuration.filter { key, _ in
      !["seed", "name", "description", "corrector.sha256"].contains(key)
        && !key.hasPrefix("run.") && !key.hasPrefix("changes")
    }
  }

  /// `nil` for what is no training run.
  public init?(_ subject: ComparedSubject) {
    guard subject.kind == .training else { return nil }
    self.init(subject.configuration)
  }

  /// The run and the finished runs of its recipe with other seeds, the newest of each, by seed.
  ///
  /// - Returns: one run or none where there are no repeats to take together.
  /// - Throws: `UserError` when the database cannot be read.
  public static func repeats(of run: RunRecord, in store: Store) throws -> [RunRecord] {
    guard let own = try seeded(run) else { return [] }
    var found = [own.seed: run]
    for other in try store.runs() where other.id != run.id && other.status == .finished {
      guard let other = try seeded(other), other.recipe == own.recipe else { continue }
      // The newest comes first.
      if found[other.seed] == nil { found[other.seed] = other.run }
    }
    // By number: 10 comes after 9.
    return found.sorted { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }.map(\.value)
  }

  /// `nil` for a run that did not finish or whose configuration cannot be read.
  private static func seeded(
    _ run: RunRecord
  ) throws -> (run: RunRecord, recipe: TrainingRecipe, seed: String)? {
    guard run.kind == .train, run.status == .finished, run.unreadConfiguration == nil else {
      return nil
    }
    let configuration = try SubjectConfiguration.training(run, corrector: nil)
    return configuration["seed"].map { (run, TrainingRecipe(configuration), $0) }
  }
}
