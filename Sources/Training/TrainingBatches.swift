import Datasets
import Imaging
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

  /// A batch made elsewhere, as tests do.
  package init(canonical: Tensor, distorted: Tensor, theta: Tensor) {
    self.canonical = canonical
    self.distorted = distorted
    self.theta = theta
  }
}

/// Mini-batches by step: which photos and which distortions follow from the seed and the position in
/// the stream of samples alone, so that a resumed run sees what an undisturbed one would.
///
/// Sample s is photo π_e(s mod n) with draw e of its distortion, where e = s div n is the epoch and
/// π_e a permutation addressed by the epoch. A sample whose photo cannot be used keeps its
/// distortion and takes the pixels of another photo, see `UsablePhotos`.
public final class TrainingBatches: Sendable {
  private let photos: [Photo]
  private let draws: DistortionDraws
  private let seed: UInt64
  private let flip: Bool
  private let undistorted: Double
  private let pixels: UsablePhotos
  private let orders = Mutex<[Int: [Int]]>([:])

  /// - Parameters:
  ///   - flip: whether half of the photos are mirrored.
  ///   - undistorted: the share of samples that stay as they are.
  ///   - cacheLimit: bytes of resized photos that are kept between epochs.
  ///   - faults: what happens to photos that cannot be used.
  public init(
    _ folder: PhotoFolder, distortion: Distortion, seed: UInt64, flip: Bool = false,
    undistorted: Double = 0, cacheLimit: Int = 512 << 20, faults: PhotoFaults = PhotoFaults()
  ) {
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
  /// - Parameter jitter: which images change their colours.
  /// - Throws: `UserError` when no photo can be used; with `--strict`, for the first that has a fault.
  public func batch(
    first: Int, size: Int, jitter: ViewPair.Jitter = .distorted
  ) throws -> TrainingBatch {
    let pairs = try (first..<first + size).map { try pair($0, jitter) }
    return TrainingBatch(
      canonical: try pairs.canonical(side: ImageSide.distorted), distorted: try pairs.distorted(),
      theta: pairs.theta)
  }

  private func pair(_ sample: Int, _ jitter: ViewPair.Jitter) throws -> ViewPair {
    let (epoch, position) = sample.quotientAndRemainder(dividingBy: photos.count)
    let index = order(epoch)[position]
    let name = photos[index].name
    var center = try pixels.center256(index, epoch: epoch)
    // Orientation 2 is the mirror image.
    if flip, uniform("training flips", name, epoch) < 0.5 { center = center.oriented(2) }
    let distortion = draws.drawn(item: name, draw: epoch)
    if undistorted > 0, uniform("training undistorted", name, epoch) < undistorted {
      return try ViewPair(undistorted: center, distortion, jitter: jitter)
    }
    return try ViewPair(center, distortion, jitter: jitter)
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
