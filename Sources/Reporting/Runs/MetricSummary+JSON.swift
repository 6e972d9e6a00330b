import Evaluation
import Support

extension MetricSummary {
  /// With all values, and the end and the best of each phase. `best` is null where there are several
  /// phases, or the phase is unknown.
  var json: JSONValue {
    .object([
      "name": .text(name), "first": .optional(values.first?.value),
      "last": .number(last.value), "best": .optional(best?.value),
      "best_step": .optional(best?.step),
      "phases": .list(phases.map(\.json)),
      "steps": .list(values.map { .integer($0.step) }),
      "values": .list(values.map { .number($0.value) }),
    ])
  }
}

extension MetricSummary.Phase {
  fileprivate var json: JSONValue {
    .object([
      "phase": .optional(name),
      "first": .optional(values.first?.value),
      "first_step": .optional(values.first?.step),
      "last": .number(last.value), "last_step": .integer(last.step),
      "best": .optional(best?.value),
      "best_step": .optional(best?.step),
    ])
  }
}
