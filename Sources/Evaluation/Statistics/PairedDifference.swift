import Tracking

/// The difference of two top-1 of the same images and draws, with an interval that accounts for
/// the pairing: Newcombe's method 10 (1998, Statistics in Medicine 17:2635), clustered by
/// image.
///
/// A_i and B_i of the n_i draws of image i are right before and after; N = Σ n_i, p_A = Σ A_i / N,
/// p_B = Σ B_i / N, and the residuals of an image are a_i = A_i − p_A n_i and b_i = B_i − p_B n_i.
///
/// - The intervals of p_A and p_B are `ClusteredProportion`'s: Wilson's with the effective sizes
///   n_A and n_B of the sandwich variances Σ a_i² / N² and Σ b_i² / N².
/// - The correlation is that of the two estimates by the same estimator:
///   φ = Σ a_i b_i / √(Σ a_i² Σ b_i²), and 0 where a variance is 0.
/// - Where φ > 0 it is corrected for continuity:
///   φ' = max(0, φ − 1 / (2 √(n_A n_B p_A (1 − p_A) p_B (1 − p_B)))).
/// - `Interval.newcombe` puts them together.
///
/// With one draw per image and e images right both times, f only after, g only before and h never,
/// Σ a_i b_i = (eh − fg)/n, so that φ = (eh − fg) / √((e+f)(g+h)(e+g)(f+h)) and
/// φ' = max(0, eh − fg − n/2) / √(…): the method of the paper to the letter. Several equal draws of
/// each image change nothing, as they say nothing new.
public struct PairedDifference: Sendable, Equatable {
  /// Top-1 of the pairs before.
  public let before: ClusteredProportion
  /// Top-1 of the same pairs after.
  public let after: ClusteredProportion
  /// φ' above, −1…1.
  public let correlation: Double
  /// The 95 % interval of after minus before; −1…1 without any pair.
  public let interval: Interval

  /// After minus before, −1…1; `nil` without any pair.
  public var difference: Double? {
    guard let before = before.proportion, let after = after.proportion else { return nil }
    return after - before
  }

  /// - Parameter pairs: one for each image.
  public init(_ pairs: [ItemPair]) {
    before = ClusteredProportion(
      pairs.map { ItemTally(item: "", correct: $0.kept + $0.broken, total: $0.total) })
    after = ClusteredProportion(
      pairs.map { ItemTally(item: "", correct: $0.kept + $0.fixed, total: $0.total) })
    guard let first = before.proportion, let second = after.proportion else {
      correlation = 0
      interval = Interval(lower: -1, upper: 1)
      return
    }
    var (squaresBefore, squaresAfter, products) = (0.0, 0.0, 0.0)
    for pair in pairs {
      let a = Double(pair.kept + pair.broken) - first * Double(pair.total)
      let b = Double(pair.kept + pair.fixed) - second * Double(pair.total)
      squaresBefore += a * a
      squaresAfter += b * b
      products += a * b
    }
    let scale = (squaresBefore * squaresAfter).squareRoot()
    let sizes = before.effectiveSize * after.effectiveSize
    let binomials = first * (1 - first) * second * (1 - second)
    if scale == 0 || binomials == 0 {
      correlation = 0
    } else if products > 0 {
      correlation = max(0, products / scale - 0.5 / (sizes * binomials).squareRoot())
    } else {
      correlation = max(-1, products / scale)
    }
    interval = .newcombe(
      from: (first, before.interval), to: (second, after.interval), correlation: correlation)
  }
}
