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

  /// - Parameter outcomes: the draws of two cells, see `Store.outcomes(of:)`.
  public init(_ outcomes: [PairedOutcome]) {
    same = ClusteredProportion(outcomes, item: \.item) {
      $0.before.predicted == $0.after.predicted
    }
    bothRight = outcomes.count { $0.before.labelRank == 0 && $0.after.labelRank == 0 }
    sameWrong = outcomes.count {
      $0.before.predicted == $0.after.predicted && $0.before.labelRank > 0
    }
  }
}
