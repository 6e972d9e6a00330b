extension Interval {
  /// Newcombe's interval of a difference p₂ − p₁ of two proportions: their own intervals, squared and
  /// added (Newcombe 1998, Statistics in Medicine 17:2635, for paired proportions, and 17:873, for
  /// independent ones).
  ///
  /// With (l₁, u₁) and (l₂, u₂) the Wilson intervals of p₁ and p₂, and φ the correlation of the two
  /// estimates:
  ///
  ///     lower = p₂ − p₁ − √((p₂ − l₂)² − 2φ (p₂ − l₂)(u₁ − p₁) + (u₁ − p₁)²)
  ///     upper = p₂ − p₁ + √((u₂ − p₂)² − 2φ (u₂ − p₂)(p₁ − l₁) + (p₁ − l₁)²)
  ///
  /// Both ends are within −1…1.
  ///
  /// - Parameters:
  ///   - first: p₁, 0…1, and its interval.
  ///   - second: p₂, 0…1, and its interval.
  ///   - correlation: φ, −1…1; 0 for independent samples.
  public static func newcombe(
    from first: (proportion: Double, interval: Interval),
    to second: (proportion: Double, interval: Interval), correlation: Double
  ) -> Interval {
    func length(_ a: Double, _ b: Double) -> Double {
      // Rounding may leave −1e-18 where φ = 1 and both sides are equal.
      max(0, a * a - 2 * correlation * a * b + b * b).squareRoot()
    }
    let difference = second.proportion - first.proportion
    return Interval(
      lower: max(
        -1,
        difference
          - length(
            second.proportion - second.interval.lower, first.interval.upper - first.proportion)),
      upper: min(
        1,
        difference
          + length(
            second.interval.upper - second.proportion, first.proportion - first.interval.lower)))
  }
}
