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
  /// The θ that would undo each distortion, `[N, 2, 3]`.
  public let theta: Tensor

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
/// π_e a permutation addressed by the epoch.
public final class TrainingBatches: Sendable {
  private let photos: [PhotoFolder.Photo]
  private let ranges: Distortion
  private let seed: UInt64
  private let purposeSeed: UInt64
  private let flip: Bool
  private let undistorted: Double
  private let cache: PhotoCache
  private let orders = Mutex<[Int: [Int]]>([:])

  /// - Parameters:
  ///   - flip: whether half of the photos are mirrored.
  ///   - undistorted: the share of samples that stay as they are.
  ///   - cacheLimit: bytes of resized photos that are kept between epochs.
  public init(
    _ folder: PhotoFolder, ranges: Distortion, seed: UInt64, flip: Bool = false,
    undistorted: Double = 0, cacheLimit: Int = 512 << 20
  ) {
    self.flip = flip
    self.undistorted = undistorted
    photos = folder.photos
    self.ranges = ranges
    self.seed = seed
    var stream = RandomStream(seed: seed, purpose: "training distortions")
    // Training never draws what an evaluation with the same seed draws.
    purposeSeed = stream.next()
    cache = PhotoCache(limit: cacheLimit)
  }

  /// Which images of a batch the distortion changes the colours of.
  public enum Jitter: Sendable {
    /// x alone, so that colours are to be repaired.
    case distorted
    /// y too: x and y have the same colours, of any kind; see
    /// `DrawnDistortion.applyWithEqualColors(to:)`.
    case both
  }

  /// How many photos an epoch has.
  public var count: Int { photos.count }

  /// The batch of samples `first ..< first + size`.
  ///
  /// - Parameter jitter: which images change their colours.
  /// - Throws: `UserError` naming a photo that cannot be used.
  public func batch(first: Int, size: Int, jitter: Jitter = .distorted) throws -> TrainingBatch {
    var canonical: [RGBImage] = []
    var distorted: [RGBImage] = []
    var thetas: [Float] = []
    for sample in first..<first + size {
      let (epoch, position) = sample.quotientAndRemainder(dividingBy: photos.count)
      let index = order(epoch)[position]
      let photo = photos[index]
      var center = try cache.center256(index, photo)
      if flip {
        var stream = RandomStream(
          seed: seed, purpose: "training flips", item: photo.name, draw: epoch)
        // Orientation 2 is the mirror image.
        if stream.uniform() < 0.5 { center = center.oriented(2) }
      }
      let distortion = ranges.draw(seed: purposeSeed, item: photo.name, draw: epoch)
      var stream = RandomStream(
        seed: seed, purpose: "training undistorted", item: photo.name, draw: epoch)
      if undistorted > 0, stream.uniform() < undistorted {
        let same = try jitter == .both ? distortion.applyColor(to: center) : center
        canonical.append(same)
        distorted.append(same)
        thetas += [1, 0, 0, 0, 1, 0]
        continue
      }
      let pair =
        try jitter == .both
        ? distortion.applyWithEqualColors(to: center)
        : (canonical: center, distorted: distortion.apply(to: center))
      canonical.append(pair.canonical)
      distorted.append(pair.distorted)
      thetas += distortion.theta.map { Float($0) }
    }
    return TrainingBatch(
      canonical: try Normalization.imageNet.batch(canonical, side: DistortionRanges.side),
      distorted: try Normalization.imageNet.batch(distorted, side: DistortionRanges.side),
      theta: Tensor([size, 2, 3]) { memory in
        for (index, value) in thetas.enumerated() { memory[index] = value }
      })
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

/// Photos that were decoded and resized, as many as fit the limit.
private final class PhotoCache: Sendable {
  private let limit: Int
  private let state = Mutex<(images: [Int: RGBImage], bytes: Int)>(([:], 0))

  init(limit: Int) { self.limit = limit }

  func center256(_ index: Int, _ photo: PhotoFolder.Photo) throws -> RGBImage {
    if let known = state.withLock({ $0.images[index] }) { return known }
    let image = CanonicalTransform.center256(try RGBImage(path: photo.path))
    state.withLock { state in
      guard state.images[index] == nil, state.bytes + image.pixels.count <= limit else { return }
      state.images[index] = image
      state.bytes += image.pixels.count
    }
    return image
  }
}
