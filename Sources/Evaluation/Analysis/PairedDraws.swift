import Tracking

/// Every draw of a cell's images before a correction and, where there is one, after it.
struct PairedDraws {
  private struct Draw {
    let item: String
    let before: Bool
    let after: Bool?
  }

  /// Top-1 of some of the draws.
  struct Top1 {
    let before: ClusteredProportion
    /// Of the same draws; `nil` where nothing was corrected.
    let after: ClusteredProportion?
    /// After minus before, over draws that both have.
    let difference: PairedDifference?
  }

  private let draws: [Draw]
  private let isCorrecting: Bool

  /// - Parameters:
  ///   - before: the cell's outcomes; `top1(of:)` counts draws as they stand here.
  ///   - after: those of the same images and draws after the correction.
  init(before: [DrawOutcome], after: [DrawOutcome]?) {
    let known = after.map { outcomes in
      Dictionary(
        outcomes.map { (Example.Address(item: $0.item, draw: $0.draw), $0.isRight) },
        uniquingKeysWith: { first, _ in first })
    }
    draws = before.map {
      Draw(
        item: $0.item, before: $0.isRight,
        after: known?[Example.Address(item: $0.item, draw: $0.draw)])
    }
    isCorrecting = after != nil
  }

  /// Top-1 of the draws at these positions.
  func top1(of members: [Int]) -> Top1 {
    let inside = members.map { draws[$0] }
    return Top1(
      before: ClusteredProportion(inside, item: \.item, isRight: \.before),
      after: isCorrecting ? ClusteredProportion(inside, item: \.item, isRight: \.after) : nil,
      difference: isCorrecting ? PairedDifference(Self.itemPairs(inside)) : nil)
  }

  private static func itemPairs(_ draws: [Draw]) -> [ItemPair] {
    draws.byItem(\.item).compactMap { _, draws in
      let known = draws.compactMap { draw in draw.after.map { (before: draw.before, after: $0) } }
      guard !known.isEmpty else { return nil }
      return ItemPair(
        fixed: known.count { !$0.before && $0.after },
        broken: known.count { $0.before && !$0.after },
        kept: known.count { $0.before && $0.after }, total: known.count)
    }
  }
}
