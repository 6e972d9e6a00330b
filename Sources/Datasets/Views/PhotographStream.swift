import Support

/// Views of a labelled set's images, made ahead of their use: canonical and distorted ones are of the
/// image, raw ones of the photograph that the draw counts, where the set has photographs.
public final class PhotographStream: Sequence, IteratorProtocol {
  private var requests: ArraySlice<ViewRequest>
  private let settings: [String]
  private let images: ViewStream
  private let photographs: ViewStream

  /// Starts preparing.
  ///
  /// - Parameters: As `ViewStream.init` has them; a raw request's draw counts `LabelledDataset.settings`.
  public init(
    _ requests: some Sequence<ViewRequest>, of set: LabelledDataset, draws: DistortionDraws,
    threads: Int, ahead: Int = 64
  ) {
    let requests = Array(requests)
    self.requests = requests[...]
    let settings = set.settings
    self.settings = settings
    func stream(_ requests: [ViewRequest], _ photos: [Photo]) -> ViewStream {
      ViewStream(requests, of: photos, draws: draws, threads: threads, ahead: ahead)
    }
    let ofImages = requests.compactMap { $0.ofImage(settings) }
    images = stream(ofImages, set.items.map(\.photo))
    let ofPhotographs = requests.compactMap { $0.ofPhotograph(settings) }
    photographs = stream(ofPhotographs, set.items.flatMap(\.photographs))
  }

  /// The next result in order; waits for it. `nil` after the last one.
  public func next() -> PreparedImages? {
    guard let request = requests.popFirst() else { return nil }
    let image = request.ofImage(settings) == nil ? nil : images.next()
    guard request.ofPhotograph(settings) != nil else { return image }
    let photograph = photographs.next()?.ofSetting(settings[request.draw])
    guard let image else { return photograph }
    return photograph.map(image.joined)
  }
}

extension ViewRequest {
  /// What is wanted of the image itself; `nil` for nothing.
  fileprivate func ofImage(_ settings: [String]) -> ViewRequest? {
    guard !settings.isEmpty else { return self }
    let rest = views.subtracting([.raw])
    return rest.isEmpty
      ? nil : ViewRequest(item: item, draw: draw, views: rest, keepsPhoto: keepsPhoto)
  }

  /// What is wanted of one of its photographs, counted over all images; `nil` for nothing.
  fileprivate func ofPhotograph(_ settings: [String]) -> ViewRequest? {
    guard !settings.isEmpty, views.contains(.raw) else { return nil }
    return ViewRequest(
      item: item * settings.count + draw, draw: 0, views: [.raw], keepsPhoto: keepsPhoto)
  }
}

extension PreparedImages {
  /// A photograph's view: what is wrong with it is said with its setting, and its SHA-256 is not the
  /// image's.
  fileprivate func ofSetting(_ setting: String) -> PreparedImages {
    switch self {
    case .images(let views, _, let damage):
      .images(views, damage: damage.map { "\(setting): \($0)" })
    case .failed(let reason): .failed(reason: "\(setting): \(reason)")
    }
  }

  /// The image's views with its photograph's; failed where either is.
  fileprivate func joined(_ photograph: PreparedImages) -> PreparedImages {
    guard case .images(let own, let sha256, let damage) = self else { return self }
    guard case .images(let views, _, let other) = photograph else { return photograph }
    return .images(
      own.merging(views) { first, _ in first }, sha256: sha256, damage: damage ?? other)
  }
}
