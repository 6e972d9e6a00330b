import Tracking

/// What changed of one class, over its images and draws.
public struct ClassChange: Sendable, Equatable {
  /// The class, 0…999.
  public let label: Int
  /// Images of which both cells predicted a draw.
  public let images: Int
  /// Draws that both cells predicted.
  public let draws: Int
  /// Draws that only the second cell has right.
  public let fixed: Int
  /// Draws that only the first cell has right.
  public let broken: Int
  /// Top-1 after minus before.
  public let difference: PairedDifference

  /// Classes of fewer draws are not listed: one draw more or less would be most of their change.
  public static let fewestDraws = 10
  /// An interval of fewer images would say how alike their draws are, not how alike images are.
  public static let fewestImages = 5

  /// After minus before, points.
  public var points: Double { 100 * (difference.difference ?? 0) }
  /// The 95 % interval, where there are enough images for one.
  public var interval: Interval? { images >= Self.fewestImages ? difference.interval : nil }

  /// The classes with enough draws, by index.
  public static func all(_ images: [ImageChange]) -> [ClassChange] {
    Dictionary(grouping: images, by: \.label).map { label, images in
      let pairs = images.map(\.pair)
      return ClassChange(
        label: label, images: pairs.count, draws: pairs.reduce(0) { $0 + $1.total },
        fixed: pairs.reduce(0) { $0 + $1.fixed }, broken: pairs.reduce(0) { $0 + $1.broken },
        difference: PairedDifference(pairs))
    }.filter { $0.draws >= fewestDraws }.sorted { $0.label < $1.label }
  }

  /// Of the classes that gained, or lost, those that changed most; equals by the number of draws that
  /// changed, then by index.
  public static func most(_ classes: [ClassChange], gained: Bool, count: Int) -> [ClassChange] {
    let sorted = classes.filter { gained ? $0.points > 0 : $0.points < 0 }.sorted {
      (-abs($0.points), -abs($0.fixed - $0.broken), $0.label)
        < (-abs($1.points), -abs($1.fixed - $1.broken), $1.label)
    }
    return Array(sorted.prefix(max(count, 0)))
  }
}
