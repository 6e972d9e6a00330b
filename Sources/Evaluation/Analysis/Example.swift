import Datasets
import Imaging
import Support
import Tensors
import Tracking

/// One image of an experiment to look at: its pixels before and after the correction.
public struct Example: Sendable {
  /// Which image, and which draw of its distortion.
  public struct Address: Sendable, Hashable {
    /// The image's name within its set.
    public let item: String
    /// From 0.
    public let draw: Int

    /// The address of an image and draw, whether or not there is one.
    public init(item: String, draw: Int) {
      self.item = item
      self.draw = draw
    }
  }

  /// Where its distortion comes from.
  public let address: Address
  /// y, 224×224.
  public let canonical: RGBImage
  /// The middle 224×224 pixels of x, or of the raw photo.
  public let uncorrected: RGBImage
  /// ŷ, 224×224; `nil` without corrector.
  public let corrected: RGBImage?

  /// Samples images at random, regardless of results: those to whose names the seed assigns the
  /// smallest numbers (`RandomStream` with purpose `example`), of each its first draw.
  ///
  /// - Parameters:
  ///   - items: the names of the images.
  ///   - count: at most so many.
  public static func choose(_ count: Int, of items: [String], seed: UInt64) -> [Address] {
    let keyed = items.map { item -> (key: UInt64, item: String) in
      var stream = RandomStream(seed: seed, purpose: "example", item: item)
      return (stream.next(), item)
    }
    return keyed.sorted { ($0.key, $0.item) < ($1.key, $1.item) }.prefix(max(count, 0))
      .map { Address(item: $0.item, draw: 0) }
  }
}

/// Makes the pixels of examples again, from the photos and the corrector that an experiment used.
public struct ExampleMaker: Sendable {
  private let items: [String: LabelledItem]
  /// SHA-256 of the photos as they were evaluated, `nil` where that is not known.
  private let digests: [String: String?]
  private let hasCanonical: Bool
  private let replay: DistortionDraws?
  private let corrector: (any ImageCorrector)?

  /// - Parameters:
  ///   - evaluation: the cell before the correction.
  ///   - corrector: what made the corrected cell.
  /// - Throws: `UserError` when the photos are gone or not those that were evaluated, or the
  ///   distortion cannot be sampled again.
  public init(
    _ evaluation: EvaluationRecord, store: Store, corrector: (any ImageCorrector)?
  ) throws {
    digests = try store.images(ofDataset: evaluation.datasetFingerprint)
    let set = try LabelledDataset(
      name: evaluation.dataset, path: evaluation.datasetPath,
      classes: try store.classes(of: evaluation)
    ).restricted(to: digests.keys)
    guard set.fingerprint == evaluation.datasetFingerprint else {
      throw UserError("\(evaluation.datasetPath): not the images that were evaluated")
    }
    items = Dictionary(
      set.items.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    hasCanonical = set.hasCanonical
    replay = try DistortionDraws(evaluation, store: store)
    self.corrector = corrector
  }

  /// The pixels of examples, in their order.
  ///
  /// - Throws: `UserError` naming an image that cannot be used or has changed since it was evaluated.
  public func callAsFunction(_ addresses: [Example.Address]) throws -> [Example] {
    let prepared = try addresses.map { try pixels($0) }
    let batch = try corrector.flatMap { corrector in
      prepared.isEmpty
        ? nil
        : try corrector.correct(prepared.map(\.x))
    }
    let side = ImageSide.canonical
    return try zip(addresses, prepared).enumerated().map { index, example in
      let (address, pixels) = example
      return Example(
        address: address, canonical: CanonicalTransform.center224(center256: pixels.y),
        uncorrected: pixels.x.pixels.centerCropped(width: side, height: side),
        corrected: try batch.map { try Self.corrected($0, index, address) })
    }
  }

  /// The distortion of a draw; `nil` where the cell's images were not distorted.
  public func drawn(_ address: Example.Address) -> (any DrawnDistortion)? {
    replay?.drawn(item: address.item, draw: address.draw)
  }

  /// The middle 256×256 pixels of a photo, and what a distortion makes of them: without one, the
  /// photograph that the draw counts, or the same.
  ///
  /// - Parameter other: in place of the draw's own distortion.
  /// - Throws: `UserError` naming an image that cannot be used or has changed since it was evaluated.
  public func pixels(
    _ address: Example.Address, instead other: (any DrawnDistortion)? = nil
  ) throws -> (y: RGBImage, x: PhotoView) {
    guard let item = items[address.item] else {
      throw UserError("\(address.item): not one of the images that were evaluated")
    }
    let decoded = try item.photo.decoded()
    if let known = digests[address.item] ?? nil, known != decoded.sha256 {
      throw UserError("\(item.place): has changed since it was evaluated")
    }
    guard let distortion = other ?? drawn(address) else {
      let view = decoded.view256
      guard !item.photographs.isEmpty else { return (view.pixels, view) }
      guard item.photographs.indices.contains(address.draw) else {
        throw UserError("\(item.place): has no photograph \(address.draw)")
      }
      let x = try item.photographs[address.draw].decoded().view256
      return (hasCanonical ? view.pixels : x.pixels, x)
    }
    let center = decoded.center256
    return (center, try distortion.view(of: center))
  }

  private static func corrected(
    _ batch: Tensor, _ index: Int, _ address: Example.Address
  ) throws -> RGBImage {
    guard let image = Normalization.imageNet.image(batch, index: index) else {
      throw UserError("\(address.item): the corrector returned no image")
    }
    return image
  }
}
