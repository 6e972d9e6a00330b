import Tracking

/// Means of the losses since the last line of metrics, and the speed.
struct MetricLog {
  private var sums: [(name: String, sum: Double, count: Int)] = []
  private var images = 0
  private var start = ContinuousClock.now

  mutating func add(_ parts: [(name: String, value: Float)], images: Int) {
    self.images += images
    for part in parts {
      if let index = sums.firstIndex(where: { $0.name == part.name }) {
        sums[index].sum += Double(part.value)
        sums[index].count += 1
      } else {
        sums.append((part.name, Double(part.value), 1))
      }
    }
  }

  /// What was gathered, as metrics of a step; starts anew.
  mutating func take(step: Int) -> [MetricValue] {
    let now = ContinuousClock.now
    let seconds = (now - start) / .seconds(1)
    var values = sums.map {
      MetricValue(step: step, name: "train/\($0.name)", value: $0.sum / Double($0.count))
    }
    if seconds > 0 {
      values.append(
        MetricValue(step: step, name: "train/images_per_second", value: Double(images) / seconds))
    }
    (sums, images, start) = ([], 0, now)
    return values
  }
}
