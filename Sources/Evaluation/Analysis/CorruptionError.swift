import Datasets

/// The mean corruption error, mCE, of ImageNet-C: the error of each of its fifteen corruptions over its five
/// severities, as it is and divided by AlexNet's, averaged over the corruptions.
public struct CorruptionError: Sendable, Equatable {
  /// The mean of the errors, 0…1.
  public let mean: Double
  /// The mean of the errors, each divided by AlexNet's.
  public let normalised: Double

  /// AlexNet's errors over the five severities (Hendrycks and Dietterich, ICLR 2019, table 1), with the
  /// digits of AugMix's `imagenet.py` (github.com/google-research/augmix), of which Hendrycks is an author.
  public static let alexNet: [Corruption: Double] = [
    .gaussianNoise: 0.886428, .shotNoise: 0.894468, .impulseNoise: 0.922640,
    .defocusBlur: 0.819880, .glassBlur: 0.826268, .motionBlur: 0.785948, .zoomBlur: 0.798360,
    .snow: 0.866816, .frost: 0.826572, .fog: 0.819324, .brightness: 0.564592,
    .contrast: 0.853204, .elasticTransform: 0.646056, .pixelate: 0.717840,
    .jpegCompression: 0.606500,
  ]

  /// - Parameter top1: by corruption, over all of its severities, which have the same images.
  /// - Returns: `nil` where one of the fifteen is missing.
  public init?(top1: [Corruption: Double]) {
    let errors = Corruption.allCases.compactMap { corruption in
      top1[corruption].flatMap { right in
        Self.alexNet[corruption].map { (own: 1 - right, alexNet: $0) }
      }
    }
    guard errors.count == Corruption.allCases.count else { return nil }
    let count = Double(errors.count)
    mean = errors.reduce(0) { $0 + $1.own } / count
    normalised = errors.reduce(0) { $0 + $1.own / $1.alexNet } / count
  }

  /// Of a set's strata.
  ///
  /// - Parameter value: the share of right predictions of one; of those that have none it is `nil`.
  /// - Returns: `nil` where one of the fifteen corruptions is missing.
  public init?(_ strata: [StratumTop1], _ value: (StratumTop1) -> Double?) {
    var top1: [Corruption: Double] = [:]
    for stratum in strata where stratum.stratum.factor == PhotoStratum.corruption {
      if let corruption = Corruption(rawValue: stratum.stratum.value) {
        top1[corruption] = value(stratum)
      }
    }
    self.init(top1: top1)
  }
}
