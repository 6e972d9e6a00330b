import Imaging
import Support

/// Views of photos, made ahead of their use: decoded, resized, cropped, distorted.
///
/// Results come in the order of the requests, whatever the threads. Requests of one photo that
/// follow each other share its decoding, up to `drawsPerDecode` of them.
public final class ViewStream: Sequence, IteratorProtocol {
  /// How many draws of a photo are made from one decoding; more are split, to bound memory (a draw
  /// takes 192 KiB).
  public static let drawsPerDecode = 64

  /// Requests of one photo.
  private struct Unit {
    let photo: Photo
    var requests: [ViewRequest]
  }

  private let units: [Unit]
  private let stream: PhotoStream<[PreparedImages]>
  private var unit = 0
  private var current: [PreparedImages] = []
  private var position = 0

  /// Starts preparing.
  ///
  /// - Parameters:
  ///   - requests: the views wanted, in order.
  ///   - photos: those that the requests count.
  ///   - draws: what distortions are sampled from.
  ///   - threads: how many photos are prepared at once.
  ///   - ahead: about how many results may be ready before they are used; at least a few photos'.
  public init(
    _ requests: some Sequence<ViewRequest>, of photos: [Photo], draws: DistortionDraws,
    threads: Int, ahead: Int = 64
  ) {
    let units = Self.units(requests, photos)
    self.units = units
    let largest = units.map(\.requests.count).max() ?? 1
    stream = PhotoStream(
      units.map(\.photo), threads: threads, ahead: Swift.max(threads + 1, ahead / largest)
    ) { index, photo in
      let requests = units[index].requests
      let keepsPhoto = requests.contains(where: \.keepsPhoto)
      let view = keepsPhoto ? photo.view256 : PhotoView(photo.center256)
      let sha256 = photo.sha256
      return requests.map { request in
        do throws(UserError) {
          let images = try Self.images(of: view, photo.photo, request, draws)
          return .images(images, sha256: sha256, damage: photo.damage)
        } catch {
          return .failed(reason: LeftOutPhoto(photo.photo, error).reason)
        }
      }
    }
  }

  /// The next result in order; waits for it. `nil` after the last one or after `cancel()`.
  public func next() -> PreparedImages? {
    while position == current.count {
      guard let outcome = stream.next() else { return nil }
      switch outcome.result {
      case .success(let images): current = images
      case .failure(let error):
        let failed = PreparedImages.failed(reason: LeftOutPhoto(outcome.photo, error).reason)
        current = units[unit].requests.map { _ in failed }
      }
      unit += 1
      position = 0
    }
    defer { position += 1 }
    return current[position]
  }

  /// Stops; returns when no thread is at work any more.
  public func cancel() {
    stream.cancel()
    current = []
    position = 0
  }

  private static func units(_ requests: some Sequence<ViewRequest>, _ photos: [Photo]) -> [Unit] {
    var units: [Unit] = []
    var item: Int?
    for request in requests {
      if request.item == item, let last = units.last, last.requests.count < drawsPerDecode {
        units[units.count - 1].requests.append(request)
      } else {
        units.append(Unit(photo: photos[request.item], requests: [request]))
      }
      item = request.item
    }
    return units
  }

  private static func images(
    of photograph: PhotoView, _ photo: Photo, _ request: ViewRequest, _ draws: DistortionDraws
  ) throws(UserError) -> [ImageView: PhotoView] {
    let center = photograph.pixels
    var images: [ImageView: PhotoView] = [:]
    for view in request.views {
      let image =
        switch view {
        case .canonical: PhotoView(CanonicalTransform.center224(center256: center))
        case .raw: photograph
        case .distorted:
          try photo.attempt {
            try draws.drawn(item: photo.name, draw: request.draw).view(of: center)
          }
        }
      images[view] = request.keepsPhoto ? image : PhotoView(image.pixels)
    }
    return images
  }
}
