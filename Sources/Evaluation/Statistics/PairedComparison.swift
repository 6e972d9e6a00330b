import Tracking

/// What a correction changed, in pairs of the same image and draw.
public struct PairedComparison: Sendable, Equatable {
  /// Draws that the correction made right, and wrong.
  public let fixed: Int
  public let broken: Int
  /// Images with more right draws than before, and with fewer.
  public let improvedItems: Int
  public let worsenedItems: Int

  /// McNemar's exact p over all draws. Where an image has several, they are not independent, and
  /// this is too small; `pByItem` stands beside it.
  public var pByDraw: Double { McNemarTest.exactP(fixed: fixed, broken: broken) }
  /// The exact sign test over images: each counts once, as improved or worsened. With one draw an
  /// image it is McNemar's test.
  public var pByItem: Double {
    McNemarTest.exactP(fixed: improvedItems, broken: worsenedItems)
  }

  public init(_ pairs: [ItemPair]) {
    fixed = pairs.reduce(0) { $0 + $1.fixed }
    broken = pairs.reduce(0) { $0 + $1.broken }
    improvedItems = pairs.count { $0.fixed > $0.broken }
    worsenedItems = pairs.count { $0.fixed < $0.broken }
  }
}
