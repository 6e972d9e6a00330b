import Imaging
import Support

/// Which views of an image are wanted.
public struct PreparationRequest: Sendable {
  public let item: LabelledItem
  /// Whether an element without distortion is wanted; it comes before the draws.
  public let canonical: Bool
  /// The draws wanted, in the order in which they are to come.
  public let draws: [Int]

  public init(item: LabelledItem, canonical: Bool, draws: [Int]) {
    self.item = item
    self.canonical = canonical
    self.draws = draws
  }

  /// Views: how many elements this request gives.
  public var count: Int { (canonical ? 1 : 0) + draws.count }
}

/// One view of one image, ready for the networks.
public struct PreparedItem: Sendable {
  /// The pixels of a view.
  public struct Pixels: Sendable {
    /// The middle 256×256 that the distortion starts from. The draws of an image share its memory.
    public let center256: RGBImage
    /// The canonical view, 224×224; shared too.
    public let canonical224: RGBImage
    /// The distorted view, 256×256, or `nil` for an element without distortion.
    public let distorted256: RGBImage?
    /// The distortion, or `nil` for an element without one.
    public let parameters: DrawnDistortion?
    /// SHA-256 of the encoded image.
    public let sha256: String
  }

  public let item: LabelledItem
  /// Which draw of the distortion, or `nil` for the element without distortion.
  public let draw: Int?
  /// The pixels, or why there are none; the error names the file.
  public let pixels: Result<Pixels, UserError>

  /// The right class, 0…999.
  public var label: Int { item.label }
}

/// Prepares views of images ahead of their use: decode, resize, crop, distort.
///
/// Elements come in the order of the requests, whatever the threads. An image is decoded and
/// resized once for up to `drawsPerDecode` of its draws, which are made together on one thread.
public final class PreparedItems: Sequence, IteratorProtocol {
  /// How many draws of an image are made from one decoding; more are split, to bound memory (a
  /// draw takes 192 KiB).
  public static let drawsPerDecode = 64

  private let loader: PrefetchingLoader<[PreparedItem]>
  private var current: [PreparedItem] = []
  private var position = 0

  /// Starts preparing.
  ///
  /// - Parameters:
  ///   - requests: the views wanted, in order.
  ///   - ranges: what distortions are drawn from.
  ///   - seed: the experiment's seed; with the item's name and the draw it addresses a distortion.
  ///   - decoder: how bytes become an upright photo.
  ///   - threads: how many images are prepared at once.
  ///   - ahead: about how many elements may be ready before they are used; at least a few images.
  public init(
    _ requests: [PreparationRequest], ranges: Distortion, seed: UInt64,
    decoder: PhotoDecoder, threads: Int, ahead: Int = 64
  ) {
    let units = requests.flatMap(Self.split)
    let largest = units.map(\.count).max() ?? 1
    loader = PrefetchingLoader(
      count: units.count, threads: threads,
      ahead: Swift.max(threads + 1, ahead / Swift.max(largest, 1))
    ) { index in
      Self.prepare(units[index], ranges: ranges, seed: seed, decoder: decoder)
    }
  }

  /// The next element in order; waits for it. `nil` after the last one or after `cancel()`.
  public func next() -> PreparedItem? {
    while position == current.count {
      guard let unit = loader.next() else { return nil }
      current = unit
      position = 0
    }
    defer { position += 1 }
    return current[position]
  }

  /// Stops; returns when no thread is at work any more.
  public func cancel() {
    loader.cancel()
    current = []
    position = 0
  }

  private static func split(_ request: PreparationRequest) -> [PreparationRequest] {
    guard request.draws.count > drawsPerDecode else { return request.count == 0 ? [] : [request] }
    return stride(from: 0, to: request.draws.count, by: drawsPerDecode).map { start in
      let end = Swift.min(start + drawsPerDecode, request.draws.count)
      return PreparationRequest(
        item: request.item, canonical: request.canonical && start == 0,
        draws: Array(request.draws[start..<end]))
    }
  }

  private static func prepare(
    _ request: PreparationRequest, ranges: Distortion, seed: UInt64, decoder: PhotoDecoder
  ) -> [PreparedItem] {
    let draws: [Int?] = (request.canonical ? [nil] : []) + request.draws.map { $0 }
    let (center, sha256): (RGBImage, String)
    do {
      (center, sha256) = try decoder.digestedCenter256(request.item)
    } catch {
      return draws.map { PreparedItem(item: request.item, draw: $0, pixels: .failure(error)) }
    }
    let canonical = CanonicalTransform.center224(center256: center)
    return draws.map { draw in
      let parameters = draw.map { ranges.draw(seed: seed, item: request.item.name, draw: $0) }
      let pixels = Result { () throws(UserError) in
        PreparedItem.Pixels(
          center256: center, canonical224: canonical,
          distorted256: try parameters?.distorted(center, place: request.item.place),
          parameters: parameters, sha256: sha256)
      }
      return PreparedItem(item: request.item, draw: draw, pixels: pixels)
    }
  }
}

extension DrawnDistortion {
  fileprivate func distorted(_ image: RGBImage, place: String) throws(UserError) -> RGBImage {
    do {
      return try apply(to: image)
    } catch {
      throw UserError("\(place): \(error)")
    }
  }
}
