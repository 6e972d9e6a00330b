import CKernels
import Foundation

extension RGBImage {
  /// A quadrilateral of the image as a rectangle: a photographed print seen from straight above.
  ///
  /// Its sides are as long as the quadrilateral's on average, or shorter by a common factor when
  /// the shorter one would have more than `limit` pixels. Each pixel is the mean of as many
  /// bilinear samples as it covers pixels of the image, so that a large photo does not alias.
  ///
  /// - Parameters:
  ///   - corners: clockwise from the one that becomes the top left, in pixels from the image's top
  ///     left corner (the first pixel reaches from 0 to 1).
  ///   - limit: bounds the memory that the result takes.
  /// - Returns: `nil` unless there are four corners, no three of them on a line.
  public func rectified(_ corners: [Homography.Point], limit: Int = 1024) -> RGBImage? {
    guard let map = Homography(unitSquareTo: corners) else { return nil }
    func length(_ a: Int, _ b: Int) -> Double {
      hypot(corners[a].x - corners[b].x, corners[a].y - corners[b].y)
    }
    let wide = (length(0, 1) + length(3, 2)) / 2
    let high = (length(0, 3) + length(1, 2)) / 2
    let shrink = max(min(wide, high) / Double(max(limit, 1)), 1)
    // Perspective shows the near side larger than the mean, and it must not alias either.
    let nearness = max(
      max(length(0, 1), length(3, 2)) / max(wide, 1),
      max(length(0, 3), length(1, 2)) / max(high, 1))
    let samples = min(max(Int((shrink * nearness).rounded(.up)), 1), 32)
    let newWidth = max(Int((wide / shrink).rounded()), 1)
    let newHeight = max(Int((high / shrink).rounded()), 1)
    return withPixels { source in
      RGBImage(width: newWidth, height: newHeight) { target in
        rg_image_rectify(
          source, Int32(width), Int32(height), target, Int32(newWidth), Int32(newHeight),
          map.elements, Int32(samples))
      }
    }
  }
}
