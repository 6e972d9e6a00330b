extension Interval {
  /// Wilson's score interval (1927) of a proportion p seen in n independent trials:
  ///
  ///     (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
  ///
  /// It stays within 0…1 and is well behaved at 0 and n successes, unlike p ± z √(p(1 − p)/n).
  ///
  /// - Parameters:
  ///   - proportion: p, 0…1.
  ///   - size: n; need not be whole, as effective sample sizes are not. With 0 nothing is known and
  ///     the interval is 0…1.
  ///   - quantile: z.
  public static func wilson(
    proportion: Double, size: Double, quantile: Double = normalQuantile95
  ) -> Interval {
    guard size > 0 else { return Interval(lower: 0, upper: 1) }
    let squared = quantile * quantile
    let centre = proportion + squared / (2 * size)
    let spread =
      quantile
      * (proportion * (1 - proportion) / size + squared / (4 * size * size)).squareRoot()
    let scale = 1 + squared / size
    // At p = 0 and p = 1 an end is exactly 0 or 1, where rounding might leave 1e-17.
    return Interval(
      lower: proportion <= 0 ? 0 : max(0, (centre - spread) / scale),
      upper: proportion >= 1 ? 1 : min(1, (centre + spread) / scale))
  }
}
