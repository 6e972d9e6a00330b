import Tracking

/// How often two cells predict the same class, right or wrong.
///
/// Plain agreement and no kappa: with 1,000 classes chance agreement is negligible, so Cohen's
/// kappa would be nearly the same number.
public struct PredictionAgreement: Sendable, Equatable {
  /// Draws with the same prediction, of all; its interval is clustered by image.
  public let same: ClusteredProportion
  /// Draws that both have right.
  public let bothRight: Int
  /// Draws in which both predict the same wrong class.
  public let sameWrong: Int

  public init(_ outcomes: [PairedOutcome]) {
    var order: [String] = []
    var tallies: [String: (same: Int, total: Int)] = [:]
    for outcome in outcomes {
      if tallies[outcome.item] == nil { order.append(outcome.item) }
      tallies[outcome.item, default: (0, 0)].total += 1
      if outcome.before.predicted == outcome.after.predicted {
        tallies[outcome.item, default: (0, 0)].same += 1
      }
    }
    same = ClusteredProportion(
      order.compactMap { item in
        tallies[item].map { ItemTally(item: item, correct: $0.same, total: $0.total) }
      })
    bothRight = outcomes.count { $0.before.labelRank == 0 && $0.after.labelRank == 0 }
    sameWrong = outcomes.count {
      $0.before.predicted == $0.after.predicted && $0.before.labelRank > 0
    }
  }
}
