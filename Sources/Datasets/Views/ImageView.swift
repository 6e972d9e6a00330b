import Imaging
import Support
import Tensors

extension ImageView {
  /// Height and width in pixels.
  public var side: Int { self == .canonical ? ImageSide.canonical : ImageSide.distorted }
}

/// Which pixels of which image and draw are wanted.
public struct ViewRequest: Sendable, Equatable {
  /// Position in the set.
  public let item: Int
  /// From 0; part of the address of the distortion's random numbers.
  public let draw: Int
  /// Made from one decoding.
  public let views: Set<ImageView>
  /// Whether the photos that raw and distorted views show are wanted beside them.
  public let keepsPhoto: Bool

  /// - Parameters: As the properties of their names; `item` must be a position in the set.
  public init(item: Int, draw: Int, views: Set<ImageView>, keepsPhoto: Bool = false) {
    self.item = item
    self.draw = draw
    self.views = views
    self.keepsPhoto = keepsPhoto
  }
}

/// The result of a request.
public enum PreparedImages: Sendable {
  /// An image for each view that was asked for, `view.side` pixels square, with its photo where that
  /// was asked for and is larger; the SHA-256 of the encoded image that they come from, where there is
  /// one; and what of that is damaged, if anything is.
  case images([ImageView: PhotoView], sha256: String? = nil, damage: String? = nil)
  /// The image cannot be used, and why, as one line without the image's name.
  case failed(reason: String)
}
