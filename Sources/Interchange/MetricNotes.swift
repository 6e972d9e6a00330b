import Tracking

/// Notes for the user on values that another tracker cannot represent exactly.
enum MetricNotes {
  /// A line for each metric: how many of its values, and where the first of them is.
  ///
  /// - Parameter what: what is said of them, e.g. `not a number; sent as NaN`.
  static func lines(_ values: [MetricValue], of run: RunSnapshot, _ what: String) -> [String] {
    Dictionary(grouping: values, by: \.name).sorted { $0.key < $1.key }.compactMap { name, values in
      guard let first = values.map(\.step).min() else { return nil }
      let count = "\(values.count) value\(values.count == 1 ? "" : "s")"
      return "run \(run.record.id): \(name): \(count) from step \(first) on: \(what)"
    }
  }
}
