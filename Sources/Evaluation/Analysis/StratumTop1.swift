import Datasets
import Support
import Tracking

/// Top-1 of the photographs that were taken under settings with something in common, before and after
/// a correction.
public struct StratumTop1: Sendable, Equatable {
  /// What the settings have in common.
  public let stratum: PhotoStratum
  /// Top-1 of the photographs as they are.
  public let raw: ClusteredProportion
  /// Of the same photographs; `nil` where nothing was corrected.
  public let corrected: ClusteredProportion?
  /// Corrected minus raw, over photographs that both have.
  public let difference: PairedDifference?

  /// The strata of a set in the order of its settings, by factor.
  ///
  /// - Parameters:
  ///   - raw: a cell's outcomes, a draw for each setting.
  ///   - corrected: those of the same photographs after the correction.
  ///   - settings: the set's.
  ///   - layout: the set's, which knows what settings have in common.
  /// - Throws: `UserError` for a draw beyond the settings.
  public static func all(
    raw: [DrawOutcome], corrected: [DrawOutcome]?, settings: [String], layout: String
  ) throws -> [StratumTop1] {
    let strata = settings.map { PhotoStratum.all(ofSetting: $0, layout: layout) }
    var members: [PhotoStratum: [Int]] = [:]
    for (position, outcome) in raw.enumerated() {
      guard strata.indices.contains(outcome.draw) else {
        throw UserError("\(outcome.item): draw \(outcome.draw) of \(settings.count) settings")
      }
      for stratum in strata[outcome.draw] { members[stratum, default: []].append(position) }
    }
    let pairs = PairedDraws(before: raw, after: corrected)
    let known = strata.joined().distinct
    return known.map(\.factor).distinct.flatMap { factor in
      known.filter { $0.factor == factor }.compactMap { stratum in
        members[stratum].map { StratumTop1(stratum, pairs.top1(of: $0)) }
      }
    }
  }

  private init(_ stratum: PhotoStratum, _ top1: PairedDraws.Top1) {
    self.stratum = stratum
    (raw, corrected, difference) = (top1.before, top1.after, top1.difference)
  }
}
