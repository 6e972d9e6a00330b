import Datasets
import Tracking

/// Top-1 against the strength of one part of the distortion, before and after a correction.
public struct StrengthCurve: Sendable, Equatable {
  /// The draws of about one strength.
  public struct Bin: Sendable, Equatable {
    /// The least strength, in the strength's unit.
    public let lower: Double
    /// The mean strength.
    public let mean: Double
    /// The greatest strength.
    public let upper: Double
    /// Top-1 before the correction.
    public let distorted: ClusteredProportion
    /// Of the same draws; `nil` where nothing was corrected.
    public let corrected: ClusteredProportion?
    /// Corrected minus distorted, over draws that both have.
    public let difference: PairedDifference?
  }

  /// Which part of the distortion.
  public let strength: DistortionStrength
  /// By ascending strength; empty without any draw.
  public let bins: [Bin]

  /// The most bins.
  public static let mostBins = 8
  /// The fewest draws of a bin, as far as there are that many.
  public static let fewestDraws = 40

  /// The curves of all strengths of a cell; none where the distortion is of another kind.
  ///
  /// - Parameters:
  ///   - distorted: the cell's outcomes.
  ///   - corrected: those of the same images and draws after the correction.
  public static func all(
    distorted: [DrawOutcome], corrected: [DrawOutcome]?, replay: DistortionDraws
  ) -> [StrengthCurve] {
    let draws = distorted.compactMap { replay.parameters(item: $0.item, draw: $0.draw) }
    guard draws.count == distorted.count else { return [] }
    let after = corrected.map { outcomes in
      Dictionary(
        outcomes.map { (Example.Address(item: $0.item, draw: $0.draw), $0.isRight) },
        uniquingKeysWith: { first, _ in first })
    }
    let pairs = distorted.map { outcome in
      Pair(
        item: outcome.item, before: outcome.isRight,
        after: after?[Example.Address(item: outcome.item, draw: outcome.draw)])
    }
    return DistortionStrength.allCases.map { strength in
      StrengthCurve(strength, draws.map(strength.value), pairs, isCorrecting: corrected != nil)
    }
  }

  private struct Pair {
    let item: String
    let before: Bool
    let after: Bool?
  }

  private init(
    _ strength: DistortionStrength, _ values: [Double], _ pairs: [Pair], isCorrecting: Bool
  ) {
    self.strength = strength
    let count = min(Self.mostBins, max(1, values.count / Self.fewestDraws))
    let edges = EqualCountBins(values, count: count)
    var members = [[Int]](repeating: [], count: edges.starts.count)
    for (index, value) in values.enumerated() {
      if let bin = edges.index(of: value) { members[bin].append(index) }
    }
    bins = members.compactMap { members in
      guard let first = members.first else { return nil }
      let strengths = members.map { values[$0] }
      let inside = members.map { pairs[$0] }
      return Bin(
        lower: strengths.min() ?? values[first],
        mean: strengths.reduce(0, +) / Double(strengths.count),
        upper: strengths.max() ?? values[first],
        distorted: ClusteredProportion(inside, item: \.item, isRight: \.before),
        corrected: isCorrecting
          ? ClusteredProportion(inside, item: \.item, isRight: \.after) : nil,
        difference: isCorrecting ? PairedDifference(Self.itemPairs(inside)) : nil)
    }
  }

  private static func itemPairs(_ pairs: [Pair]) -> [ItemPair] {
    pairs.byItem(\.item).compactMap { _, pairs in
      let known = pairs.compactMap { pair in pair.after.map { (before: pair.before, after: $0) } }
      guard !known.isEmpty else { return nil }
      return ItemPair(
        fixed: known.count { !$0.before && $0.after },
        broken: known.count { $0.before && !$0.after },
        kept: known.count { $0.before && $0.after }, total: known.count)
    }
  }
}
