/// The sample size needed to detect a difference between two results on the same images.
public enum PairedSampleSize {
  /// The 0.8 quantile of the standard normal distribution.
  public static let normalQuantile80 = 0.8416212335729143

  /// The number of images with which McNemar's test at the two-sided 5 % level has 80 % power to
  /// detect a difference (Connor 1987, Biometrics 43:207; normal approximation):
  ///
  ///     n = (z₀.₉₇₅ √ψ + z₀.₈ √(ψ − δ²))² / δ²
  ///
  /// - Parameters:
  ///   - difference: δ, the gain as a proportion, not 0.
  ///   - discordance: ψ, the proportion of images on which the two results differ; at least |δ|,
  ///     which it is when no image gets worse.
  /// - Returns: n rounded up, or `nil` for a difference of 0.
  public static func images(difference: Double, discordance: Double) -> Int? {
    let square = difference * difference
    guard square > 0 else { return nil }
    let root =
      Interval.normalQuantile95 * discordance.squareRoot()
      + normalQuantile80 * max(0, discordance - square).squareRoot()
    return Int((root * root / square).rounded(.up))
  }
}
