import Datasets
import Imaging
import Support
import Tracking

/// A dataset of image files as a source of prepared images: decoded, resized and distorted ahead, on
/// threads of its own.
public struct DatasetSource: PreparedSource {
  private let dataset: LabelledDataset
  private let draws: DistortionDraws
  private let threads: Int
  /// Images without a limit.
  public let available: Int
  /// `LabelledDataset.fingerprint`.
  public let fingerprint: String
  /// Sorted by name (as bytes).
  public let items: [DatasetRecord.Item]

  /// The layout, e.g. `class-folders`.
  public var kind: String { dataset.layout }
  /// The folder or archive.
  public var path: String { dataset.path }
  /// What the set's manifest says.
  public var isSimulated: Bool { dataset.isSimulated }
  /// `LabelledDataset.settings`.
  public var settings: [String] { dataset.settings }
  /// `LabelledDataset.classList`.
  public var classList: ClassList? { dataset.classList }
  /// `LabelledDataset.classes`.
  public var classes: [Int]? { dataset.classes }
  /// `LabelledDataset.hasCanonical`.
  public var hasCanonical: Bool { dataset.hasCanonical }
  /// Of opening the set, one line each.
  public var notes: [String] { dataset.notes }

  /// - Parameters:
  ///   - distortion: what distortions are drawn from.
  ///   - seed: the experiment's.
  ///   - threads: how many images are prepared at once.
  ///   - available: how many images the set has without a limit; `nil` where none was set.
  public init(
    _ dataset: LabelledDataset, distortion: Distortion, seed: UInt64, threads: Int,
    available: Int? = nil
  ) {
    self.dataset = dataset
    self.available = available ?? dataset.items.count
    draws = DistortionDraws(distortion, seed: seed)
    self.threads = threads
    fingerprint = dataset.fingerprint
    items = dataset.items.map(DatasetRecord.Item.init)
  }

  /// Prepares three batches ahead of their use.
  public func prepare(_ batches: [[ViewRequest]]) -> () throws -> [PreparedImages]? {
    let views = PhotographStream(
      batches.joined(), of: dataset, draws: draws, threads: threads,
      ahead: 3 * (batches.first?.count ?? 16))
    var sizes = batches.map(\.count)[...]
    return {
      guard let size = sizes.popFirst() else { return nil }
      let images = Array(views.prefix(size))
      return images.count == size ? images : nil
    }
  }
}

extension DatasetRecord.Item {
  /// An image as the store knows it.
  public init(_ item: LabelledItem) {
    self.init(
      name: item.name, label: item.label, alsoRight: item.alsoRight, content: item.content)
  }
}
