import Tracking

/// Means of the losses since the last report, and the speed. They never reach over two phases, whose
/// losses mean different things.
struct MetricLog {
  /// A loss's values since the last report.
  struct Sum: Equatable {
    var sum: Double
    var count: Int
  }

  /// By loss. A checkpoint keeps them, so that a resumed run reports what an undisturbed one does.
  private(set) var sums: [String: Sum] = [:]
  private var images = 0
  private var start = ContinuousClock.now

  mutating func add(_ parts: [(name: String, value: Float)], images: Int) {
    self.images += images
    for part in parts {
      sums[part.name, default: Sum(sum: 0, count: 0)].sum += Double(part.value)
      sums[part.name]?.count += 1
    }
  }

  /// Begins anew, at the start of a phase, or with the sums of a checkpoint.
  mutating func restart(_ sums: [String: Sum] = [:]) {
    (self.sums, images, start) = (sums, 0, .now)
  }

  /// What was gathered, as metrics of a step; starts anew.
  mutating func take(step: Int, phase: String?) -> [MetricValue] {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var values = sums.sorted { $0.key < $1.key }.map { name, sum in
      MetricValue(
        step: step, name: "train/\(name)", value: sum.sum / Double(sum.count), phase: phase)
    }
    if seconds > 0, images > 0 {
      values.append(
        MetricValue(
          step: step, name: "train/images_per_second", value: Double(images) / seconds,
          phase: phase))
    }
    restart()
    return values
  }
}
