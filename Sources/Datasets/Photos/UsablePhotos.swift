import Imaging
import Support
import Synchronization
import Tensors

/// Photos as middles of 256×256 pixels, decoded when they are wanted and kept as far as the limit
/// goes. Where one cannot be used, another takes its place: which one follows from the seed, the
/// photo's name and the epoch alone, so that a resumed run puts the same in the same place.
///
/// Photos are not looked at before, since decoding a set like ImageNet's once takes hours.
package final class UsablePhotos: Sendable {
  private let folder: PhotoFolder
  private let seed: UInt64
  private let limit: Int
  private let faults: PhotoFaults
  private let state = Mutex(State())

  private struct State {
    var images: [Int: RGBImage] = [:]
    var bytes = 0
    /// Positions of photos that cannot be used.
    var bad: Set<Int> = []
  }

  /// - Parameter limit: bytes of pixels that are kept.
  package init(_ folder: PhotoFolder, seed: UInt64, limit: Int, faults: PhotoFaults) {
    self.folder = folder
    self.seed = seed
    self.limit = limit
    self.faults = faults
  }

  /// The pixels of a photo, or of the one in its place: from a random position on, the first in the
  /// folder's order that can be used.
  ///
  /// - Throws: `UserError` when no photo can be used; with `--strict`, for the first that has a fault.
  package func center256(_ index: Int, epoch: Int) throws -> RGBImage {
    if let image = try image(index) { return image }
    let count = folder.photos.count
    var stream = RandomStream(
      seed: seed, purpose: "training replacement", item: folder.photos[index].name, draw: epoch)
    let start = stream.integer(below: count)
    for step in 0..<count {
      if let image = try image((start + step) % count) { return image }
    }
    throw UserError.unusable(count, of: folder.path)
  }

  /// `nil` when the photo cannot be used.
  private func image(_ index: Int) throws -> RGBImage? {
    let (known, isBad) = state.withLock { ($0.images[index], $0.bad.contains(index)) }
    if isBad { return nil }
    if let known { return known }
    let photo = folder.photos[index]
    let decoded: DecodedPhoto
    do throws(UserError) {
      decoded = try photo.decoded()
    } catch {
      try faults.leaveOut(LeftOutPhoto(photo, error), error)
      state.withLock { _ = $0.bad.insert(index) }
      return nil
    }
    try faults.accept(decoded.damage, name: photo.name, place: photo.place)
    let image = decoded.center256
    state.withLock { state in
      guard state.images[index] == nil, state.bytes + image.pixels.count <= limit else { return }
      state.images[index] = image
      state.bytes += image.pixels.count
    }
    return image
  }
}
