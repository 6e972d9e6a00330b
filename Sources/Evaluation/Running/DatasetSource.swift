import Datasets
import Imaging
import Support
import Tracking

/// A dataset of image files as a source of prepared images: decoded, resized and distorted ahead, on
/// threads of its own.
public struct DatasetSource: PreparedSource {
  private let dataset: LabelledDataset
  private let ranges: Distortion
  private let seed: UInt64
  private let threads: Int
  public let available: Int
  public let fingerprint: String
  public let items: [DatasetRecord.Item]

  public var kind: String { dataset.layout }
  public var path: String { dataset.path }
  public var isSimulated: Bool { dataset.isSimulated }
  public var notes: [String] { dataset.notes }

  /// - Parameters:
  ///   - ranges: what distortions are drawn from.
  ///   - seed: the experiment's.
  ///   - threads: how many images are prepared at once.
  ///   - available: how many images the set has without a limit; `nil` where none was set.
  public init(
    _ dataset: LabelledDataset, ranges: Distortion, seed: UInt64, threads: Int,
    available: Int? = nil
  ) {
    self.dataset = dataset
    self.available = available ?? dataset.items.count
    self.ranges = ranges
    self.seed = seed
    self.threads = threads
    fingerprint = dataset.fingerprint
    items = dataset.items.map(DatasetRecord.Item.init)
  }

  public func prepare(_ batches: [[ViewRequest]]) -> any PreparedBatches {
    Batches(
      sizes: batches.map(\.count),
      views: batches.joined().map(\.views),
      items: PreparedItems(
        preparations(of: batches), ranges: ranges, seed: seed,
        decoder: PhotoDecoder(for: dataset), threads: threads,
        ahead: 3 * (batches.first?.count ?? 16)))
  }

  /// Requests of one image that follow each other share its decoding. A request without a draw of
  /// the distortion can only be the image's first.
  private func preparations(of batches: [[ViewRequest]]) -> [PreparationRequest] {
    var preparations: [PreparationRequest] = []
    var current: (item: Int, canonical: Bool, draws: [Int])?
    func close() {
      guard let group = current else { return }
      preparations.append(
        PreparationRequest(
          item: dataset.items[group.item], canonical: group.canonical, draws: group.draws))
      current = nil
    }
    for request in batches.joined() {
      let isDistorted = request.views.contains(.distorted)
      if current?.item != request.item || !isDistorted { close() }
      var group = current ?? (request.item, false, [])
      if isDistorted { group.draws.append(request.draw) } else { group.canonical = true }
      current = group
    }
    close()
    return preparations
  }

  private final class Batches: PreparedBatches {
    private let sizes: [Int]
    private let views: [Set<ImageView>]
    private let items: PreparedItems
    private var batch = 0
    private var position = 0

    init(sizes: [Int], views: [Set<ImageView>], items: PreparedItems) {
      self.sizes = sizes
      self.views = views
      self.items = items
    }

    func next() throws -> [PreparedImages]? {
      guard batch < sizes.count else { return nil }
      defer { batch += 1 }
      var images: [PreparedImages] = []
      for _ in 0..<sizes[batch] {
        guard let item = items.next() else { return nil }
        images.append(Self.images(item, views: views[position]))
        position += 1
      }
      return images
    }

    private static func images(_ item: PreparedItem, views: Set<ImageView>) -> PreparedImages {
      switch item.pixels {
      case .failure(let error):
        // The store has the image's name beside the reason.
        let photo = LeftOutPhoto(name: item.item.name, place: item.item.place, error: error)
        return .failed(reason: photo.reason)
      case .success(let pixels):
        var images: [ImageView: RGBImage] = [:]
        for view in views {
          switch view {
          case .canonical: images[view] = pixels.canonical224
          case .distorted: images[view] = pixels.distorted256
          case .raw: images[view] = pixels.center256
          }
        }
        return .images(images, sha256: pixels.sha256)
      }
    }
  }
}

extension DatasetRecord.Item {
  /// An image as the store knows it.
  public init(_ item: LabelledItem) {
    self.init(name: item.name, label: item.label, content: item.content)
  }
}
