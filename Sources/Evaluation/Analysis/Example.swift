import Datasets
import Imaging
import Support
import Tensors
import Tracking

/// One image of an experiment to look at: its pixels before and after the correction.
public struct Example: Sendable {
  /// Which image, and which draw of its distortion.
  public struct Address: Sendable, Hashable {
    public let item: String
    public let draw: Int

    public init(item: String, draw: Int) {
      self.item = item
      self.draw = draw
    }
  }

  public let address: Address
  /// y, 224×224.
  public let canonical: RGBImage
  /// The middle 224×224 pixels of x, or of the raw photo.
  public let uncorrected: RGBImage
  /// ŷ, 224×224; `nil` without corrector.
  public let corrected: RGBImage?

  /// Chooses images by chance, not by how they turned out: those to whose names the seed gives the
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
public struct ExampleMaker {
  private let items: [String: LabelledItem]
  private let decoder: PhotoDecoder
  private let replay: DrawReplay?
  private let corrector: (any ImageCorrector)?

  /// - Parameters:
  ///   - evaluation: the cell before the correction.
  ///   - seed: the experiment's.
  ///   - corrector: what made the corrected cell.
  /// - Throws: `UserError` when the photos are gone or others than those that were evaluated.
  public init(
    _ evaluation: EvaluationRecord, seed: UInt64, corrector: (any ImageCorrector)?
  ) throws {
    var set = try LabelledDataset(name: evaluation.dataset, path: evaluation.datasetPath)
    if let limit = evaluation.itemLimit { set = set.limited(to: limit, seed: seed) }
    guard set.fingerprint == evaluation.datasetFingerprint else {
      throw UserError("\(evaluation.datasetPath): other images than those that were evaluated")
    }
    items = Dictionary(
      set.items.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    decoder = PhotoDecoder(for: set)
    replay = DrawReplay(evaluation)
    self.corrector = corrector
  }

  /// The pixels of examples, in their order.
  ///
  /// - Throws: `UserError` naming an image that cannot be used.
  public func callAsFunction(_ addresses: [Example.Address]) throws -> [Example] {
    let side = ImageView.canonical.side
    let prepared = try addresses.compactMap { address in
      try items[address.item].map { item in
        let center = try decoder.center256(item)
        let distortion = replay?.drawn(item: address.item, draw: address.draw)
        return (address, y: center, x: try distortion?.apply(to: center) ?? center)
      }
    }
    let batch = try corrector.flatMap { corrector in
      prepared.isEmpty
        ? nil
        : try corrector.correct(
          Normalization.imageNet.batch(prepared.map(\.x), side: DistortionRanges.side))
    }
    return prepared.enumerated().map { index, item in
      Example(
        address: item.0, canonical: CanonicalTransform.center224(center256: item.y),
        uncorrected: item.x.centerCropped(width: side, height: side),
        corrected: batch.flatMap { Normalization.imageNet.image($0, index: index) })
    }
  }
}
