/// How far an evaluation is.
public struct EvaluationProgress: Sendable, Equatable {
  /// The experiment's name for the dataset.
  public let dataset: String
  /// (Image, draw) pairs that are done since it began.
  public let done: Int
  /// Pairs that were open when it began.
  public let total: Int
  /// Images that failed so far.
  public let failed: Int
}

/// How an evaluation behaves.
public struct EvaluationOptions: Sendable {
  /// (Image, draw) pairs per batch.
  public var batchSize: Int
  /// Whether an image that cannot be used ends the run.
  public var isStrict: Bool
  /// Which part of the batches is this process's, or `nil` for all.
  public var shard: Shard?
  /// Called after each batch.
  public var progress: @Sendable (EvaluationProgress) -> Void
  /// Called once for each image that failed, with its name and why.
  public var failure: @Sendable (_ item: String, _ reason: String) -> Void
  /// Asked before each batch; `true` ends the run as interrupted.
  public var shouldStop: @Sendable () -> Bool

  /// By default nothing is shown and nothing stops it.
  public init(
    batchSize: Int = 16, isStrict: Bool = false, shard: Shard? = nil,
    progress: @escaping @Sendable (EvaluationProgress) -> Void = { _ in },
    failure: @escaping @Sendable (String, String) -> Void = { _, _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    (self.batchSize, self.isStrict, self.shard) = (batchSize, isStrict, shard)
    (self.progress, self.failure, self.shouldStop) = (progress, failure, shouldStop)
  }
}

/// Thrown when `EvaluationOptions.shouldStop` said so; everything up to there is stored.
public struct EvaluationStopped: Error, Sendable {}
