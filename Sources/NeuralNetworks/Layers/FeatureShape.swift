/// The extents of one image's activations; a vector of C numbers is 1 × 1 × C.
public struct FeatureShape: Hashable, Sendable {
  /// H, in pixels.
  public var height: Int
  /// W, in pixels.
  public var width: Int
  /// C.
  public var channels: Int

  /// H × W × C.
  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// A vector.
  public init(channels: Int) { self.init(height: 1, width: 1, channels: channels) }

  /// Pixels of the image.
  public var pixels: Int { height * width }
  /// Elements of the image.
  public var count: Int { pixels * channels }
  /// `[H, W, C]`.
  public var extents: [Int] { [height, width, channels] }

  /// The offset of the middle `height` × `width` pixels, as torchvision's `center_crop` counts: an
  /// odd margin is halved to the nearest even number.
  func centerOffset(height: Int, width: Int) -> (top: Int, left: Int) {
    func margin(_ length: Int) -> Int { Int((Double(length) / 2).rounded(.toNearestOrEven)) }
    return (margin(self.height - height), margin(self.width - width))
  }
}
