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
  public let available: Int
  public let fingerprint: String
  public let items: [DatasetRecord.Item]

  public var kind: String { dataset.layout }
  public var path: String { dataset.path }
  public var isSimulated: Bool { dataset.isSimulated }
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

  public func prepare(_ batches: [[ViewRequest]]) -> any PreparedBatches {
    Batches(
      sizes: batches.map(\.count),
      views: ViewStream(
        batches.joined(), of: dataset.items.map(\.photo), draws: draws, threads: threads,
        ahead: 3 * (batches.first?.count ?? 16)))
  }

  private final class Batches: PreparedBatches {
    private var sizes: ArraySlice<Int>
    private let views: ViewStream

    init(sizes: [Int], views: ViewStream) {
      self.sizes = sizes[...]
      self.views = views
    }

    func next() throws -> [PreparedImages]? {
      guard let size = sizes.popFirst() else { return nil }
      let images = Array(views.prefix(size))
      return images.count == size ? images : nil
    }
  }
}

extension DatasetRecord.Item {
  /// An image as the store knows it.
  public init(_ item: LabelledItem) {
    self.init(name: item.name, label: item.label, content: item.content)
  }
}
