import Evaluation
import Tracking

/// How the networks are loaded that pictures are made and judged with; each is asked for only when a page
/// needs it.
public struct DashboardNetworks: Sendable {
  /// A corrector from its file.
  public let corrector: @Sendable (_ path: String) throws -> any ImageCorrector
  /// A corrector from its file, for its stages.
  public let stages: @Sendable (_ path: String) throws -> StagedCorrector
  /// A classifier from its weights.
  public let classifier: @Sendable (_ weights: WeightsRecord) throws -> any ImageClassifier

  /// What each closure must do is said at the property of its name.
  public init(
    corrector: @escaping @Sendable (String) throws -> any ImageCorrector,
    stages: @escaping @Sendable (String) throws -> StagedCorrector,
    classifier: @escaping @Sendable (WeightsRecord) throws -> any ImageClassifier
  ) {
    (self.corrector, self.stages, self.classifier) = (corrector, stages, classifier)
  }
}
