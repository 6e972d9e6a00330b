import Tracking

/// Means of the losses since the last report, and the speed of the steps. They never reach over two
/// phases, whose losses mean different things.
package struct MetricLog {
  /// A loss's values since the last report.
  package struct Sum: Equatable {
    var sum: Double
    var count: Int
  }

  /// By loss. A checkpoint keeps them, so that a resumed run reports what an undisturbed one does.
  package private(set) var sums: [String: Sum] = [:]
  private var images = 0
  private var seconds = 0.0

  /// Nothing gathered.
  package init() {}

  /// A step's losses.
  ///
  /// - Parameter seconds: how long the step took, waiting for its images included.
  package mutating func add(
    _ parts: [(name: String, value: Float)], images: Int, seconds: Double
  ) {
    self.images += images
    self.seconds += seconds
    for part in parts {
      sums[part.name, default: Sum(sum: 0, count: 0)].sum += Double(part.value)
      sums[part.name]?.count += 1
    }
  }

  /// Begins anew, at the start of a phase, or with the sums of a checkpoint.
  package mutating func restart(_ sums: [String: Sum] = [:]) {
    (self.sums, images, seconds) = (sums, 0, 0)
  }

  /// What was gathered, as metrics of a step; starts anew.
  package mutating func take(step: Int, phase: String?) -> [MetricValue] {
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
