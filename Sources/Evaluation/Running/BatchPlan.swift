import Datasets
import Support
import Tracking

/// Cuts a dataset's (image, draw) pairs into batches: image by image, all draws of one after the
/// other, `size` pairs per batch.
///
/// The cuts depend on the numbers of images and draws only, not on what is stored already, so that
/// a resumed run, and each shard of one, computes exactly the batches of an uninterrupted one, bit for
/// bit.
struct BatchPlan {
  /// A cell that is being computed.
  struct OpenCell {
    let view: ImageView
    let draws: Int
    /// `images * draws` flags, see `Store.recorded(evaluation:items:draws:)`.
    let recorded: [Bool]
    /// Whether its corrector reads the photos themselves.
    var readsPhotos = false
  }

  /// One batch: what to prepare, and which of the open cells (by position) need it.
  struct Batch {
    let requests: [ViewRequest]
    let cells: [Int]
  }

  let batches: [Batch]

  /// - Parameters:
  ///   - draws: the most draws of any cell of the experiment, finished ones included.
  ///   - shard: the part of the batches that is wanted, or `nil` for all.
  init(images: Int, draws: Int, size: Int, cells: [OpenCell], shard: Shard? = nil) {
    var batches: [Batch] = []
    let pairs = images * draws
    let starts = Array(stride(from: 0, to: pairs, by: max(size, 1)))
    for start in starts[shard?.range(of: starts.count) ?? starts.indices] {
      let range = start..<min(start + max(size, 1), pairs)
      let pending = cells.indices.filter { index in
        let cell = cells[index]
        return range.contains { pair in
          let (image, draw) = pair.quotientAndRemainder(dividingBy: draws)
          return draw < cell.draws && !cell.recorded[image * cell.draws + draw]
        }
      }
      guard !pending.isEmpty else { continue }
      let requests = range.compactMap { pair -> ViewRequest? in
        let (image, draw) = pair.quotientAndRemainder(dividingBy: draws)
        let wanted = pending.map { cells[$0] }.filter { draw < $0.draws }
        guard !wanted.isEmpty else { return nil }
        return ViewRequest(
          item: image, draw: draw, views: Set(wanted.map(\.view)),
          keepsPhoto: wanted.contains(where: \.readsPhotos))
      }
      batches.append(Batch(requests: requests, cells: pending))
    }
    self.batches = batches
  }
}
