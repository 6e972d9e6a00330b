import Imaging
import Support

/// The part of a photo that shows the print, in pixels of the upright photo, counted from its top
/// left corner (the first pixel reaches from 0 to 1).
public enum PhotoCrop: Equatable, Sendable {
  /// Columns `left ..< right` and rows `top ..< bottom`.
  case box(left: Int, top: Int, right: Int, bottom: Int)
  /// The print's corners, clockwise from its own top left; it becomes a rectangle.
  case corners([Homography.Point])
  /// All but so many pixels at each side.
  case withoutBorder(Int)

  /// - Throws: `UserError` when the box is empty or begins outside of the photo.
  init(left: Double, top: Double, right: Double, bottom: Double) throws {
    let sides = [left, top, right, bottom].compactMap { Int(exactly: $0.rounded()) }
    guard sides.count == 4, sides[0] >= 0, sides[1] >= 0 else {
      throw UserError("the crop begins outside of the photo", remedy: "give pixels from 0")
    }
    guard sides[2] > sides[0], sides[3] > sides[1] else {
      throw UserError(
        "the crop is empty", remedy: "right must be beyond left, and bottom beyond top")
    }
    self = .box(left: sides[0], top: sides[1], right: sides[2], bottom: sides[3])
  }

  /// - Throws: `UserError` when the corners lie outside of the photo, are in another order than
  ///   clockwise, or make no convex quadrilateral.
  init(corners: [Homography.Point]) throws {
    guard corners.count == 4, corners.allSatisfy({ $0.x >= 0 && $0.y >= 0 }) else {
      throw UserError("a corner lies outside of the photo", remedy: "give pixels from 0")
    }
    // Twice the area of the triangle at each corner, above 0 where the way turns clockwise.
    let turns = (0..<4).map { index in
      let (a, b, c) = (corners[index], corners[(index + 1) % 4], corners[(index + 2) % 4])
      return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x)
    }
    if turns.allSatisfy({ $0 < 0 }) {
      throw UserError(
        "the corners run counter-clockwise", remedy: "go clockwise from the print's top left")
    }
    // A pixel's area at least, so that there is something to see.
    guard turns.allSatisfy({ $0 >= 2 }) else {
      throw UserError(
        "the corners make no convex quadrilateral",
        remedy: "go clockwise from the print's top left")
    }
    self = .corners(corners)
  }

  /// - Throws: `UserError` when a part of the crop lies outside of a photo of this size.
  func check(width: Int, height: Int) throws {
    switch self {
    case .withoutBorder(let border):
      guard min(width, height) > 2 * border else {
        throw UserError(
          "nothing is left of \(width)×\(height) pixels without \(border.counted("pixel")) at each side"
        )
      }
    case .box(_, _, let right, let bottom):
      guard right <= width, bottom <= height else {
        throw UserError("the crop ends outside of the photo, which has \(width)×\(height) pixels")
      }
    case .corners(let corners):
      let (width, height) = (Double(width), Double(height))
      guard let outside = corners.first(where: { $0.x > width || $0.y > height }) else { return }
      throw UserError(
        "the corner \(outside.x), \(outside.y) lies outside of the photo, "
          + "which has \(Int(width))×\(Int(height)) pixels")
    }
  }

  /// The print alone.
  ///
  /// - Throws: `UserError` as `check(width:height:)`.
  func applied(to photo: consuming RGBImage) throws -> RGBImage {
    try check(width: photo.width, height: photo.height)
    switch self {
    case .box(let left, let top, let right, let bottom):
      photo.trim(left: left, top: top, right: right, bottom: bottom)
      return photo
    case .withoutBorder(let border):
      photo.trim(
        left: border, top: border, right: photo.width - border, bottom: photo.height - border)
      return photo
    case .corners(let corners):
      guard let print = photo.rectified(corners) else {
        throw UserError("the corners make no convex quadrilateral")
      }
      return print
    }
  }

  /// One word for fingerprints: the kind and its numbers.
  var summary: String {
    switch self {
    case .box(let left, let top, let right, let bottom): "box \(left) \(top) \(right) \(bottom)"
    case .withoutBorder(let border): "border \(border)"
    case .corners(let corners):
      "corners " + corners.map { "\($0.x) \($0.y)" }.joined(separator: " ")
    }
  }
}
