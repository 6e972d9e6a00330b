import Tracking

/// One metric of runs that differ in the seed alone, as one curve: the mean at each step that all of them
/// have, with the lowest and the highest.
struct MeanCurve {
  let values: [MetricValue]
  /// By step; empty for a single run.
  let ranges: [Int: ClosedRange<Double>]

  /// - Parameter runs: the metric's values in each.
  init(_ runs: [[MetricValue]]) {
    guard let first = runs.first, runs.count > 1 else {
      (values, ranges) = (runs.first ?? [], [:])
      return
    }
    let others = runs.dropFirst().map { values in
      Dictionary(values.map { ($0.step, $0) }, uniquingKeysWith: { $1 })
    }
    var (values, ranges): ([MetricValue], [Int: ClosedRange<Double>]) = ([], [:])
    for value in first {
      let same = others.compactMap { $0[value.step] }.filter { $0.phase == value.phase }
      guard same.count == others.count else { continue }
      let all = [value.value] + same.map(\.value)
      // Where one is not finite, neither is the mean.
      let mean = all.reduce(0, +) / Double(all.count)
      values.append(
        MetricValue(step: value.step, name: value.name, value: mean, phase: value.phase))
      if mean.isFinite, let least = all.min(), let most = all.max() {
        ranges[value.step] = least...most
      }
    }
    (self.values, self.ranges) = (values, ranges)
  }

  /// What the bands are, for a legend.
  static let bands = "lowest to highest of the seeds"
}
