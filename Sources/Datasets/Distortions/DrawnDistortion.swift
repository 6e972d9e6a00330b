import Foundation
import Imaging

/// One distortion, every number of it, of whichever kind.
public protocol DrawnDistortion: Sendable {
  /// x: the distorted image, as large as the image.
  ///
  /// - Throws: `UserError` for numbers so extreme that the transform is not finite.
  func apply(to image: RGBImage) throws -> RGBImage

  /// The camera's file, where the distortion is a photograph of the image, which has pixels of its own;
  /// `nil` where it is not. What x shows of it, `apply(to:)` returns.
  ///
  /// - Throws: `UserError` where the photograph cannot be encoded.
  func photograph(_ image: RGBImage) throws -> [UInt8]?

  /// The distortion without its changes of colour.
  ///
  /// - Throws: As `apply(to:)`.
  func applyGeometry(to image: RGBImage) throws -> RGBImage

  /// The changes of colour alone.
  ///
  /// - Throws: As `apply(to:)`.
  func applyColor(to image: RGBImage) throws -> RGBImage

  /// x, as `view(of:photographs:)` gives it, and a y that has its colours, so that all else is left to
  /// be repaired.
  ///
  /// - Throws: As `view(of:photographs:)`.
  func viewWithEqualColors(
    of image: RGBImage, photographs: PhotographCache?
  ) throws -> (canonical: RGBImage, view: PhotoView)

  /// The θ, `[a, b, tx; c, d, ty]` row by row, with which a spatial transformer undoes the geometry, or
  /// comes nearest to undoing it: see `DistortionParameters.theta`.
  func theta() -> [Double]

  /// What undoes the geometry whole: where a place of y lies in x, both in coordinates −1…1 (as θ's).
  func inverse() -> Homography

  /// The JSON form, which reads back as the same.
  var json: String { get }

  /// Reads the JSON form.
  ///
  /// - Parameter name: what the text is called in errors, e.g. its file.
  /// - Throws: `UserError` of one line for an unknown or missing key, and a value that is impossible.
  init(json: Data, name: String) throws
}

extension DrawnDistortion {
  /// No photograph.
  public func photograph(_ image: RGBImage) throws -> [UInt8]? { nil }

  /// θ's map.
  public func inverse() -> Homography { Homography(elements: theta() + [0, 0, 1]) }
}
