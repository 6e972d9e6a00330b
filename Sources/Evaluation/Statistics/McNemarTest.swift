import Foundation

/// McNemar's exact test of two classifiers on the same images: under the null hypothesis an image
/// that only one of them gets right falls to either with probability 1/2.
public enum McNemarTest {
  /// Two-sided p: twice the binomial tail P(X ≤ min(fixed, broken)) with fixed + broken trials of
  /// probability 1/2, at most 1. Without discordant images it is 1.
  ///
  /// - Parameters:
  ///   - fixed: images that only the second gets right.
  ///   - broken: images that only the first gets right.
  public static func exactP(fixed: Int, broken: Int) -> Double {
    let trials = fixed + broken
    guard trials > 0 else { return 1 }
    let logOfAll = Foundation.lgamma(Double(trials) + 1) - Double(trials) * Foundation.log(2)
    var tail = 0.0
    for successes in 0...min(fixed, broken) {
      tail += Foundation.exp(
        logOfAll - Foundation.lgamma(Double(successes) + 1)
          - Foundation.lgamma(Double(trials - successes) + 1))
    }
    return min(1, 2 * tail)
  }
}
