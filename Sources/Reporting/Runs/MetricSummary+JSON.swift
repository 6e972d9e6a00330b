import Evaluation
import Support

extension MetricSummary {
  /// With all values.
  var json: JSONValue {
    .object([
      "name": .text(name), "first": values.first.map { .number($0.value) } ?? .null,
      "last": .number(last.value), "best": best.map { .number($0.value) } ?? .null,
      "best_step": best.map { .integer($0.step) } ?? .null,
      "steps": .list(values.map { .integer($0.step) }),
      "values": .list(values.map { .number($0.value) }),
    ])
  }
}
