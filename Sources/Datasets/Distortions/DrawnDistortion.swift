import Foundation
import Imaging

/// One distortion, every number of it, of whichever kind.
public protocol DrawnDistortion: Sendable {
  /// x: the distorted image, as large as the image.
  ///
  /// - Throws: `UserError` for numbers so extreme that the transform is not finite.
  func apply(to image: RGBImage) throws -> RGBImage

  /// The distortion without its changes of colour.
  ///
  /// - Throws: As `apply(to:)`.
  func applyGeometry(to image: RGBImage) throws -> RGBImage

  /// The changes of colour alone.
  ///
  /// - Throws: As `apply(to:)`.
  func applyColor(to image: RGBImage) throws -> RGBImage

  /// x and a y that has its colours, so that all else is left to be repaired.
  ///
  /// - Throws: As `apply(to:)`.
  func applyWithEqualColors(
    to image: RGBImage
  ) throws -> (canonical: RGBImage, distorted: RGBImage)

  /// The θ, `[a, b, tx; c, d, ty]` row by row, with which a spatial transformer undoes the geometry, or
  /// comes nearest to undoing it: see `DistortionParameters.theta`.
  func theta() -> [Double]

  /// The JSON form, which reads back as the same.
  var json: String { get }

  /// Reads the JSON form.
  ///
  /// - Parameter name: what the text is called in errors, e.g. its file.
  /// - Throws: `UserError` of one line for an unknown or missing key, and a value that is impossible.
  init(json: Data, name: String) throws
}
