import Tracking

/// Calibration of a classifier: accuracy against confidence, the softmax probability of the class
/// that it predicts (Guo et al. 2017, "On calibration of modern neural
/// networks").
///
/// Confidences fall into `binCount` bins of equal width, bin b = 1…15 holding ((b − 1)/15, b/15].
/// The expected calibration error is the mean distance between accuracy and mean confidence,
/// weighed by the bins' draws: ECE = Σ_b n_b / N · |accuracy_b − confidence_b|.
public struct Calibration: Sendable, Equatable {
  /// The draws of about one confidence.
  public struct Bin: Sendable, Equatable {
    /// From 0: the bin holds confidences above index/15, up to (index + 1)/15.
    public let index: Int
    /// Mean, 0…1.
    public let confidence: Double
    /// How often the prediction is right, with its interval by image.
    public let accuracy: ClusteredProportion
  }

  /// As Guo et al.
  public static let binCount = 15

  /// The bins that hold something, by ascending confidence.
  public let bins: [Bin]
  /// All draws whose confidence is known.
  public let total: Int
  /// Mean, 0…1; `nil` without any draw.
  public let confidence: Double?
  /// Share of right predictions, 0…1; `nil` without any draw.
  public let accuracy: Double?
  /// ECE, 0…1; `nil` without any draw.
  public let expectedError: Double?
  /// Its 95 % interval by image, see `CalibrationInterval`; `nil` for fewer than 5 images.
  public let expectedErrorInterval: Interval?
  /// Images with at least one draw.
  public let images: Int

  /// - Parameter outcomes: of one cell; draws without a probability, as imports may have, do not count.
  public init(_ outcomes: [DrawOutcome]) {
    let outcomes = outcomes.filter { $0.prediction.probability >= 0 }
    var members = [[DrawOutcome]](repeating: [], count: Self.binCount)
    for outcome in outcomes { members[Self.bin(of: outcome)].append(outcome) }
    bins = members.enumerated().compactMap { index, outcomes in
      guard !outcomes.isEmpty else { return nil }
      return Bin(
        index: index, confidence: Self.confidence(outcomes),
        accuracy: ClusteredProportion(outcomes, item: \.item, isRight: \.isRight))
    }
    let size = outcomes.count
    total = size
    confidence = size > 0 ? Self.confidence(outcomes) : nil
    accuracy = size > 0 ? Double(outcomes.count(where: \.isRight)) / Double(size) : nil
    expectedError =
      size > 0
      ? bins.reduce(0) { sum, bin in
        sum + Double(bin.accuracy.total) / Double(size)
          * abs((bin.accuracy.proportion ?? 0) - bin.confidence)
      } : nil
    let images = outcomes.byItem(\.item).map { _, draws in
      draws.reduce(into: CalibrationInterval.Image()) { image, draw in
        image.add(
          (draw.isRight ? 1 : 0) - draw.prediction.probability, bin: Self.bin(of: draw))
      }
    }
    self.images = images.count
    expectedErrorInterval = CalibrationInterval(images, bins: Self.binCount).interval
  }

  private static func bin(of outcome: DrawOutcome) -> Int {
    let scaled = (outcome.prediction.probability * Double(binCount)).rounded(.up)
    return min(max(Int(scaled) - 1, 0), binCount - 1)
  }

  private static func confidence(_ outcomes: [DrawOutcome]) -> Double {
    outcomes.reduce(0) { $0 + $1.prediction.probability } / Double(outcomes.count)
  }
}
