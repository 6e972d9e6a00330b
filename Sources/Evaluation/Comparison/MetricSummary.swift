import Tracking

/// One metric of a training run: where each phase ended, and where it was best in it.
public struct MetricSummary: Sendable, Equatable {
  /// What is better.
  public enum Direction: Sendable {
    case less, more
    /// Neither, e.g. the norm of the gradient.
    case none
  }

  /// A metric within one training phase.
  public struct Phase: Sendable, Equatable {
    /// `nil` when it is unknown which one.
    public let name: String?
    /// By step; at least one.
    public let values: [MetricValue]
    /// Of the greatest step.
    public let last: MetricValue
    /// The first of the best values; `nil` where none is finite, nothing is better, or the phase is
    /// unknown: values of several phases do not compare.
    public let best: MetricValue?
  }

  /// As it was logged, e.g. `validation/psnr`.
  public let name: String
  /// By step; at least one.
  public let values: [MetricValue]
  /// Of the greatest step.
  public let last: MetricValue
  /// By first step; at least one.
  public let phases: [Phase]

  /// The best value; `nil` where there is none within a phase, or there are several phases.
  public var best: MetricValue? { phases.count == 1 ? phases.first?.best : nil }

  /// The metrics of a run, by name.
  public static func all(_ metrics: [MetricValue]) -> [MetricSummary] {
    Dictionary(grouping: metrics, by: \.name).compactMap { name, values -> MetricSummary? in
      let values = values.sorted { $0.step < $1.step }
      guard let last = values.last else { return nil }
      return MetricSummary(name: name, values: values, last: last, phases: phases(of: values))
    }.sorted { $0.name < $1.name }
  }

  /// - Parameter values: of one metric, by step.
  private static func phases(of values: [MetricValue]) -> [Phase] {
    var names: [String?] = []
    for value in values where !names.contains(value.phase) { names.append(value.phase) }
    return names.compactMap { name in
      let own = values.filter { $0.phase == name }
      return own.last.map {
        Phase(name: name, values: own, last: $0, best: name == nil ? nil : best(of: own))
      }
    }
  }

  private static func best(of values: [MetricValue]) -> MetricValue? {
    let finite = values.filter(\.value.isFinite)
    return switch direction(of: values.first?.name ?? "") {
    case .less: finite.min { $0.value < $1.value }
    // The first of equals, as `min` gives it.
    case .more: finite.min { $0.value > $1.value }
    case .none: nil
    }
  }

  /// Whether the highest value is the best one.
  public var isBetterHigh: Bool { Self.direction(of: name) == .more }

  /// Errors and losses are to be small; similarities and speeds large.
  public static func direction(of name: String) -> Direction {
    let measure = name.split(separator: "/").last ?? ""
    return switch measure {
    case "psnr", "ssim", "images_per_second", "agreement", "agreement_lower", "agreement_upper":
      .more
    // Adversarial losses do not measure quality.
    case "gradient_norm", "adversarial", "discriminator": .none
    default: .less
    }
  }
}
