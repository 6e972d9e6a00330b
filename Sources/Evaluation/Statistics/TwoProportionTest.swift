import Foundation

/// The test of two proportions of independent samples.
public enum TwoProportionTest {
  /// Two-sided p of the z-test with the pooled proportion p = (k₁ + k₂) / (n₁ + n₂), without
  /// continuity correction: z = (k₂/n₂ − k₁/n₁) / √(p (1 − p) (1/n₁ + 1/n₂)). It is 1 where that says
  /// nothing: a sample is empty, or all or none of both are right.
  ///
  /// - Parameters:
  ///   - first: k₁ of n₁.
  ///   - second: k₂ of n₂.
  public static func p(
    _ first: (correct: Int, total: Int), _ second: (correct: Int, total: Int)
  ) -> Double {
    guard first.total > 0, second.total > 0 else { return 1 }
    let (n1, n2) = (Double(first.total), Double(second.total))
    let pooled = Double(first.correct + second.correct) / (n1 + n2)
    let variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    guard variance > 0 else { return 1 }
    let z = (Double(second.correct) / n2 - Double(first.correct) / n1) / variance.squareRoot()
    return Foundation.erfc(abs(z) / 2.0.squareRoot())
  }
}
