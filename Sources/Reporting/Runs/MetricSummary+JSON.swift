import Evaluation
import Support

extension MetricSummary {
  /// With all values, and the end and the best of each phase. `best` is null where there are several
  /// phases, or the phase is unknown.
  var json: JSONValue {
    .object([
      "name": .text(name), "first": values.first.map { .number($0.value) } ?? .null,
      "last": .number(last.value), "best": best.map { .number($0.value) } ?? .null,
      "best_step": best.map { .integer($0.step) } ?? .null,
      "phases": .list(phases.map(\.json)),
      "steps": .list(values.map { .integer($0.step) }),
      "values": .list(values.map { .number($0.value) }),
    ])
  }
}

extension MetricSummary.Phase {
  fileprivate var json: JSONValue {
    .object([
      "phase": name.map(JSONValue.text) ?? .null,
      "first": values.first.map { .number($0.value) } ?? .null,
      "first_step": values.first.map { .integer($0.step) } ?? .null,
      "last": .number(last.value), "last_step": .integer(last.step),
      "best": best.map { .number($0.value) } ?? .null,
      "best_step": best.map { .integer($0.step) } ?? .null,
    ])
  }
}
