/// A confidence interval: of a proportion, with both ends within 0…1, or of a difference of two, with
/// both ends within −1…1.
public struct Interval: Sendable, Equatable {
  /// The lower end.
  public let lower: Double
  /// The upper end; not below `lower`.
  public let upper: Double

  /// Two ends as they are; nothing is checked.
  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// The 0.975 quantile of the standard normal distribution: two-sided 95 %.
  public static let normalQuantile95 = 1.959963984540054
}
