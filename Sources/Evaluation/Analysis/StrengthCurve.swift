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

  /// The curves of a cell, of every strength that its kind of distortion has and that differs from draw to
  /// draw; none where the kind has none.
  ///
  /// - Parameters:
  ///   - distorted: the cell's outcomes.
  ///   - corrected: those of the same images and draws after the correction.
  public static func all(
    distorted: [DrawOutcome], corrected: [DrawOutcome]?, replay: DistortionDraws
  ) -> [StrengthCurve] {
    let draws = distorted.map { replay.drawn(item: $0.item, draw: $0.draw) }
    let pairs = PairedDraws(before: distorted, after: corrected)
    return DistortionStrength.allCases.compactMap { strength in
      let values = draws.compactMap(strength.value)
      guard values.count == draws.count, Set(values).count > 1 else { return nil }
      return StrengthCurve(strength, values, pairs)
    }
  }

  private init(_ strength: DistortionStrength, _ values: [Double], _ pairs: PairedDraws) {
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
      let top1 = pairs.top1(of: members)
      return Bin(
        lower: strengths.min() ?? values[first],
        mean: strengths.reduce(0, +) / Double(strengths.count),
        upper: strengths.max() ?? values[first],
        distorted: top1.before, corrected: top1.after, difference: top1.difference)
    }
  }
}
