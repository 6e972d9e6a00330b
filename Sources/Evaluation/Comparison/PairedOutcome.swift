import Tracking

/// One draw of one image, as two cells saw it.
public struct PairedOutcome: Sendable, Equatable {
  /// The image's name within its dataset.
  public let item: String
  /// From 0.
  public let draw: Int
  /// The right class.
  public let label: Int
  /// The first cell's prediction.
  public let before: Prediction
  /// The second cell's prediction.
  public let after: Prediction

  /// Both of the same image and draw.
  public init(item: String, draw: Int, label: Int, before: Prediction, after: Prediction) {
    (self.item, self.draw, self.label) = (item, draw, label)
    (self.before, self.after) = (before, after)
  }

  /// Whether only the second is right.
  public var isFixed: Bool { before.labelRank > 0 && after.labelRank == 0 }
  /// Whether only the first is right.
  public var isBroken: Bool { before.labelRank == 0 && after.labelRank > 0 }

  /// The draws that both cells predicted, in the first one's order.
  public static func pairs(_ before: [DrawOutcome], _ after: [DrawOutcome]) -> [PairedOutcome] {
    let known = Dictionary(
      after.map { (Example.Address(item: $0.item, draw: $0.draw), $0.prediction) },
      uniquingKeysWith: { first, _ in first })
    return before.compactMap { outcome in
      known[Example.Address(item: outcome.item, draw: outcome.draw)].map {
        PairedOutcome(
          item: outcome.item, draw: outcome.draw, label: outcome.label, before: outcome.prediction,
          after: $0)
      }
    }
  }
}

/// What changed of one image, over its draws.
public struct ImageChange: Sendable, Equatable {
  /// The image's name within its dataset.
  public let item: String
  /// The right class.
  public let label: Int
  /// Its draws, counted.
  public let pair: ItemPair
  /// The first draw that changed as the image did on the whole; `nil` when as many draws were fixed
  /// as broken.
  public let example: PairedOutcome?

  /// Draws fixed minus draws broken.
  public var gain: Int { pair.fixed - pair.broken }

  /// The images, in order of appearance.
  public static func all(_ outcomes: [PairedOutcome]) -> [ImageChange] {
    outcomes.byItem(\.item).compactMap { item, draws in
      guard let first = draws.first else { return nil }
      let pair = ItemPair(
        fixed: draws.count(where: \.isFixed), broken: draws.count(where: \.isBroken),
        kept: draws.count { $0.before.labelRank == 0 && $0.after.labelRank == 0 },
        total: draws.count)
      let example =
        pair.fixed > pair.broken
        ? draws.first(where: \.isFixed)
        : pair.fixed < pair.broken ? draws.first(where: \.isBroken) : nil
      return ImageChange(item: item, label: first.label, pair: pair, example: example)
    }
  }

  /// Of the images that gained draws, or lost some, those that changed most; equals by name.
  public static func most(_ changes: [ImageChange], gained: Bool, count: Int) -> [ImageChange] {
    let sorted = changes.filter { gained ? $0.gain > 0 : $0.gain < 0 }
      .sorted { (-abs($0.gain), $0.item) < (-abs($1.gain), $1.item) }
    return Array(sorted.prefix(max(count, 0)))
  }
}
