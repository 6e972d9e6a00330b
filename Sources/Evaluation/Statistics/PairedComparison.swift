import Tracking

/// What a correction changed, in pairs of the same image and draw.
public struct PairedComparison: Sendable, Equatable {
  /// Draws that the correction made right.
  public let fixed: Int
  /// Draws that it made wrong.
  public let broken: Int
  /// Images with more right draws than before: with one draw per image, those that were fixed.
  public let improvedItems: Int
  /// Images with fewer right draws than before.
  public let worsenedItems: Int
  /// The most pairs of one image.
  public let draws: Int
  /// Top-1 after minus before, with its interval.
  public let difference: PairedDifference
  /// The p-value of the difference under the null hypothesis that the correction does nothing: the
  /// exact permutation test by image, which with one draw per image is McNemar's exact test.
  public let p: Double

  /// - Parameter pairs: one for each image.
  public init(_ pairs: [ItemPair]) {
    fixed = pairs.reduce(0) { $0 + $1.fixed }
    broken = pairs.reduce(0) { $0 + $1.broken }
    improvedItems = pairs.count { $0.fixed > $0.broken }
    worsenedItems = pairs.count { $0.fixed < $0.broken }
    draws = pairs.map(\.total).max() ?? 0
    difference = PairedDifference(pairs)
    p = SignFlipTest.exactP(pairs.map { $0.fixed - $0.broken })
  }
}
