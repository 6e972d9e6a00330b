import Support
import Tracking

/// One metric of a run over its steps.
public struct MetricSummary: Sendable, Equatable {
  public let name: String
  /// By step; at least one.
  public let values: [MetricValue]

  /// Metrics of a run by name.
  public static func all(_ values: [MetricValue]) -> [MetricSummary] {
    Dictionary(grouping: values, by: \.name).sorted { $0.key < $1.key }
      .map { MetricSummary(name: $0.key, values: $0.value.sorted { $0.step < $1.step }) }
  }

  public var first: Double { values.first?.value ?? .nan }
  public var last: Double { values.last?.value ?? .nan }

  /// Words in a metric's name that say that more is better; losses and errors are best when low.
  private static let higherIsBetter = [
    "psnr", "ssim", "top1", "accuracy", "agreement", "per_second",
  ]

  /// Whether the highest value is the best one.
  public var isBetterHigh: Bool { Self.higherIsBetter.contains { name.contains($0) } }

  /// The best value with its step, or `nil` when none is a number.
  public var best: MetricValue? {
    let numbers = values.filter { !$0.value.isNaN }
    return isBetterHigh
      ? numbers.max { $0.value < $1.value } : numbers.min { $0.value < $1.value }
  }

  /// With all values.
  var json: JSONValue {
    .object([
      "name": .text(name), "first": .number(first), "last": .number(last),
      "best": best.map { .number($0.value) } ?? .null,
      "best_step": best.map { .integer($0.step) } ?? .null,
      "steps": .list(values.map { .integer($0.step) }),
      "values": .list(values.map { .number($0.value) }),
    ])
  }
}
