import Support

/// Pixels that a network sees and, where they are a view of something larger, that.
public struct PhotoView: Sendable, Equatable {
  /// The view.
  public let pixels: RGBImage
  /// What it shows, in more pixels; `nil` where there is nothing larger.
  public let source: Source?

  /// A photo, and where the view lies in it.
  public struct Source: Sendable, Equatable {
    /// Upright; of a very large photo a reduction.
    public let image: RGBImage
    /// Takes a place of the view to one of the photo, both in pixels from the top left corner.
    public let map: Homography
  }

  /// - Parameter source: `nil` where nothing larger is known.
  public init(_ pixels: RGBImage, source: Source? = nil) {
    self.pixels = pixels
    self.source = source
  }

  /// The shorter side of a source is at most this many pixels: a larger photo would take memory and
  /// show no more.
  public static let sourceLimit = 512

  /// The middle of a photo, as torchvision's `Resize(side)` and `CenterCrop(side)` see it, with the photo
  /// where that has more pixels.
  public init(middleOf photo: RGBImage, side: Int) {
    pixels = photo.resized(shorterSide: side, centerCroppedTo: side)
    let shorter = min(photo.width, photo.height)
    guard shorter > side else {
      source = nil
      return
    }
    let size = photo.size(forShorterSide: side)
    let image = shorter > Self.sourceLimit ? photo.resized(shorterSide: Self.sourceLimit) : photo
    let (across, down) = (
      Double(image.width) / Double(size.width), Double(image.height) / Double(size.height)
    )
    let left = Double(RGBImage.centerOffset(of: side, in: size.width))
    let top = Double(RGBImage.centerOffset(of: side, in: size.height))
    source = Source(
      image: image,
      map: Homography(elements: [across, 0, across * left, 0, down, down * top, 0, 0, 1]))
  }
}
