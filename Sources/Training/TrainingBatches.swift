import Datasets
import Imaging
import Models
import Support
import Synchronization
import Tensors

/// A mini-batch: photos as they are and distorted afresh, both normalised.
public struct TrainingBatch: Sendable {
  /// The middle 256×256 of each photo, `[N, 256, 256, 3]`; y is its centre.
  public let canonical: Tensor
  /// x, `[N, 256, 256, 3]`.
  public let distorted: Tensor
  /// The θ that would undo each distortion, `[N, 2, 3]` or, of homographies, `[N, 8]`.
  public let theta: Tensor
  /// x with its geometry undone, read from the photos that it shows, `[N, 256, 256, 3]`; `nil` where that
  /// was not asked for or no image is of a photo.
  public let transformed: Tensor?

  /// A batch made elsewhere, as tests do.
  package init(
    canonical: Tensor, distorted: Tensor, theta: Tensor, transformed: Tensor? = nil
  ) {
    self.canonical = canonical
    self.distorted = distorted
    self.theta = theta
    self.transformed = transformed
  }
}

/// Mini-batches by step: which photos and which distortions follow from the seed and the position in
/// the stream of samples alone, so that a resumed run sees what an undisturbed one would.
///
/// Sample s is photo π_e(s mod n) with draw e of its distortion, where e = s div n is the epoch and
/// π_e a permutation addressed by the epoch; with `variants` V, draws repeat: it is draw e mod V. A sample whose photo cannot be used keeps its
/// distortion and takes the pixels of another photo, see `UsablePhotos`.
public final class TrainingBatches: Sendable {
  private let photos: PhotoList
  private let draws: DistortionDraws
  private let seed: UInt64
  private let flip: Bool
  private let undistorted: Double
  private let variants: Int?
  private let photographs: PhotographCache?
  private let pixels: UsablePhotos
  private let orders = Mutex<[Int: [Int]]>([:])

  /// - Parameters:
  ///   - flip: whether half of the photos are mirrored.
  ///   - undistorted: the share of samples that stay as they are.
  ///   - variants: how many draws each photo has; `nil` for a new one in each epoch.
  ///   - photographs: where photographs that the distortion makes are kept.
  ///   - cacheLimit: bytes of resized photos that are kept between epochs.
  ///   - faults: what happens to photos that cannot be used.
  public init(
    _ folder: PhotoFolder, distortion: Distortion, seed: UInt64, flip: Bool = false,
    undistorted: Double = 0, variants: Int? = nil, photographs: PhotographCache? = nil,
    cacheLimit: Int = 512 << 20, faults: PhotoFaults = PhotoFaults()
  ) {
    self.variants = variants
    self.photographs = photographs
    self.flip = flip
    self.undistorted = undistorted
    photos = folder.photos
    self.seed = seed
    var stream = RandomStream(seed: seed, purpose: "training distortions")
    // Training never draws what an evaluation with the same seed draws.
    draws = DistortionDraws(distortion, seed: stream.next())
    pixels = UsablePhotos(folder, seed: seed, limit: cacheLimit, faults: faults)
  }

  /// How many photos an epoch has.
  public var count: Int { photos.count }

  /// The batch of samples `first ..< first + size`.
  ///
  /// - Parameters:
  ///   - jitter: which images change their colours.
  ///   - filter: undoes the geometry with it where x shows a photo; `nil` does not.
  /// - Throws: `UserError` when no photo can be used; with `--strict`, for the first that has a fault.
  public func batch(
    first: Int, size: Int, jitter: ViewPair.Jitter = .distorted, filter: ResamplingFilter? = nil
  ) throws -> TrainingBatch {
    let pairs = try (first..<first + size).map { try pair($0, jitter) }
    let distorted = try pairs.distorted()
    return TrainingBatch(
      canonical: try pairs.canonical(side: ImageSide.distorted), distorted: distorted,
      theta: pairs.wholeTheta,
      transformed: filter.flatMap { Self.transformed(pairs, distorted, $0) })
  }

  private static func transformed(
    _ pairs: [ViewPair], _ distorted: Tensor, _ filter: ResamplingFilter
  ) -> Tensor? {
    guard pairs.contains(where: { $0.view.source != nil }) else { return nil }
    let count = distorted.count / pairs.count
    return Tensor(distorted.shape) { memory in
      guard let out = memory.baseAddress else { return }
      out.update(from: distorted.storage.pointer, count: memory.count)
      for (index, pair) in pairs.enumerated() {
        guard let photo = pair.view.source else { continue }
        PhotoSampler.read(
          photo, through: pair.inverse, width: distorted.shape[2], height: distorted.shape[1],
          filter, into: out + index * count)
      }
    }
  }

  private func pair(_ sample: Int, _ jitter: ViewPair.Jitter) throws -> ViewPair {
    let (epoch, position) = sample.quotientAndRemainder(dividingBy: photos.count)
    let index = order(epoch)[position]
    let name = photos[index].name
    let draw = variants.map { epoch % $0 } ?? epoch
    var center = try pixels.center256(index, epoch: epoch)
    // Orientation 2 is the mirror image.
    if flip, uniform("training flips", name, draw) < 0.5 { center = center.oriented(2) }
    let distortion = draws.drawn(item: name, draw: draw)
    if undistorted > 0, uniform("training undistorted", name, draw) < undistorted {
      return try ViewPair(undistorted: center, distortion, jitter: jitter)
    }
    return try ViewPair(center, distortion, jitter: jitter, photographs: photographs)
  }

  private func uniform(_ purpose: String, _ name: String, _ epoch: Int) -> Double {
    var stream = RandomStream(seed: seed, purpose: purpose, item: name, draw: epoch)
    return stream.uniform()
  }

  private func order(_ epoch: Int) -> [Int] {
    orders.withLock { orders in
      if let known = orders[epoch] { return known }
      var stream = RandomStream(seed: seed, purpose: "training order", draw: epoch)
      let order = stream.permutation(photos.count)
      // Batches at an epoch's end need two.
      orders = orders.filter { $0.key >= epoch - 1 }
      orders[epoch] = order
      return order
    }
  }
}
