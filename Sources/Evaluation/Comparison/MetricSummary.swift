import Tracking

/// One metric of a training run: where it ended, and where it was best.
public struct MetricSummary: Sendable, Equatable {
  /// What is better.
  public enum Direction: Sendable {
    case less, more
    /// Neither, e.g. the norm of the gradient.
    case none
  }

  public let name: String
  /// By step; at least one.
  public let values: [MetricValue]
  public let last: MetricValue
  /// The first of the best values; `nil` where none is finite or nothing is better.
  public let best: MetricValue?

  /// The metrics of a run, by name.
  public static func all(_ metrics: [MetricValue]) -> [MetricSummary] {
    Dictionary(grouping: metrics, by: \.name).compactMap { name, values -> MetricSummary? in
      let values = values.sorted { $0.step < $1.step }
      guard let last = values.last else { return nil }
      let finite = values.filter(\.value.isFinite)
      let best: MetricValue? =
        switch direction(of: name) {
        case .less: finite.min { $0.value < $1.value }
        // The first of equals, as `min` gives it.
        case .more: finite.min { $0.value > $1.value }
        case .none: nil
        }
      return MetricSummary(name: name, values: values, last: last, best: best)
    }.sorted { $0.name < $1.name }
  }

  /// Whether the highest value is the best one.
  public var isBetterHigh: Bool { Self.direction(of: name) == .more }

  /// Errors and losses are to be small; similarities and speeds large.
  public static func direction(of name: String) -> Direction {
    let measure = name.split(separator: "/").last ?? ""
    return switch measure {
    case "psnr", "ssim", "images_per_second", "agreement", "agreement_lower", "agreement_upper":
      .more
    // What the two players of a game pay says nothing about who plays well.
    case "gradient_norm", "adversarial", "discriminator": .none
    default: .less
    }
  }
}
