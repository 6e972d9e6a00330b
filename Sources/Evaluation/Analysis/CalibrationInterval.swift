import Tensors
import Tracking

/// How far the expected calibration error of some images may lie from that of all images like them.
///
/// With d_b = Σ (right − confidence) / N over the N draws in bin b, the error is Σ_b |d_b|. It has a
/// bias upwards, which a percentile interval of resampled errors would have twice. Resampling the
/// images with all of their draws shows instead how far the d_b themselves move: within r in 95 of
/// 100 resamples, in the same norm, so that by the triangle inequality the error lies within
/// ECE ± r, and never below 0. The interval is rather too wide than too narrow (in simulations it
/// held the true error in 94 to 100 of 100 repetitions, with 20 to 1000 images).
struct CalibrationInterval {
  /// Resamples of fewer images are too much alike.
  static let fewestImages = 5
  static let resamples = 1000

  /// What an image adds to the sums of the bins that its draws are in.
  struct Image {
    var parts: [(bin: Int, sum: Double)] = []
    var draws = 0

    mutating func add(_ difference: Double, bin: Int) {
      draws += 1
      if let index = parts.firstIndex(where: { $0.bin == bin }) {
        parts[index].sum += difference
      } else {
        parts.append((bin, difference))
      }
    }
  }

  private let images: [Image]
  private let bins: Int

  init(_ images: [Image], bins: Int) {
    (self.images, self.bins) = (images, bins)
  }

  /// The 95 % interval, both ends within 0…1; `nil` for fewer than `fewestImages` images. The same
  /// images always give the same one.
  var interval: Interval? {
    guard images.count >= Self.fewestImages else { return nil }
    let found = differences(images.indices)
    var stream = RandomStream(seed: 0, purpose: "expected calibration error")
    let distances = (0..<Self.resamples).map { _ in
      let drawn = images.indices.map { _ in stream.integer(below: images.count) }
      return zip(differences(drawn), found).reduce(0) { $0 + abs($1.0 - $1.1) }
    }.sorted()
    let reach = distances[(Self.resamples * 95 + 99) / 100 - 1]
    let error = found.reduce(0) { $0 + abs($1) }
    return Interval(lower: max(error - reach, 0), upper: min(error + reach, 1))
  }

  /// d_b of each bin over some images, each as often as it is there.
  private func differences(_ chosen: some Sequence<Int>) -> [Double] {
    var sums = [Double](repeating: 0, count: bins)
    var draws = 0
    for index in chosen {
      draws += images[index].draws
      for part in images[index].parts { sums[part.bin] += part.sum }
    }
    return sums.map { $0 / Double(max(draws, 1)) }
  }
}
