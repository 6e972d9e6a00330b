import Imaging
import Support

/// One distortion, every number of it: an affine transform, then four changes of colour in a given
/// order, as torchvision's `RandomAffine` and `ColorJitter` apply them after their draws; between
/// them, where asked for, a loss of sharpness.
///
/// A value of this type is always possible: ranges are checked where they are read, and the JSON form,
/// the only other source, throws on anything else.
public struct DistortionParameters: DrawnDistortion, Equatable {
  /// One of the four changes of colour.
  public enum ColorStep: String, CaseIterable, Sendable {
    case brightness, contrast, saturation, hue
  }

  /// Degrees; positive turns the picture clockwise, as torchvision's `affine`.
  public let rotation: Double
  /// Whole pixels to the right.
  public let translateX: Int
  /// Whole pixels down.
  public let translateY: Int
  /// Above 1 enlarges.
  public let scale: Double
  /// Degrees, along x.
  public let shear: Double
  /// 0 gives black, 1 no change.
  public let brightness: Double
  /// 0 gives the mean grey, 1 no change.
  public let contrast: Double
  /// 0 gives grey, 1 no change.
  public let saturation: Double
  /// A fraction of the full circle, -0.5…0.5; 0 is no change.
  public let hue: Double
  /// The steps in the order in which they are applied; a step that is not named is left out.
  public let order: [ColorStep]
  /// How the affine transform samples.
  public let interpolation: Interpolation
  /// The remaining resolution as a fraction of the side; 1 is no loss.
  public let resolution: Double
  /// The standard deviation of a Gaussian blur, pixels; 0 is none.
  public let blur: Double

  /// - Throws: `UserError` naming the value that is not finite or out of its range: scale in
  ///   0.001…1000, |shear| < 90°, |translation| ≤ 100,000 pixels, factors in 0…1000, |hue| ≤ 0.5, no
  ///   step twice, resolution in 0.01…1, blur in 0…20 pixels.
  func check() throws {
    try Self.check(rotation.magnitude <= 1e6, "rotation", rotation, "an angle in degrees")
    for offset in [translateX, translateY] where offset.magnitude > 100_000 {
      throw UserError("translate: \(offset) is not possible", remedy: "give pixels")
    }
    try Self.check((0.001...1000).contains(scale), "scale", scale, "0.001…1000")
    try Self.check(shear.magnitude < 90, "shear", shear, "an angle between -90 and 90 degrees")
    for (name, factor) in [
      ("brightness", brightness), ("contrast", contrast), ("saturation", saturation),
    ] {
      try Self.check((0...1000).contains(factor), name, factor, "0…1000")
    }
    try Self.check(hue.magnitude <= 0.5, "hue", hue, "-0.5…0.5")
    try Self.check((0.01...1).contains(resolution), "resolution", resolution, "0.01…1")
    try Self.check((0...20).contains(blur), "blur", blur, "0…20 pixels")
    guard Set(order).count == order.count else {
      throw UserError("order: a step appears twice", remedy: "name each step once")
    }
  }

  /// Comparisons with NaN are false, so `holds` covers it.
  private static func check(_ holds: Bool, _ name: String, _ value: Double, _ range: String) throws
  {
    guard holds else {
      throw UserError("\(name): \(value) is not possible", remedy: "give \(range)")
    }
  }

  /// The distorted image, of the same size: the affine transform with black around it, the loss of
  /// sharpness, then the changes of colour in their order.
  ///
  /// - Throws: `UserError` for numbers so extreme that the transform is not finite.
  public func apply(to image: RGBImage) throws -> RGBImage {
    try applyColor(to: try applyGeometry(to: image))
  }

  /// All but the changes of colour: the affine transform and the loss of sharpness.
  ///
  /// - Throws: As `apply(to:)`.
  public func applyGeometry(to image: RGBImage) throws -> RGBImage {
    try image.affine(
      rotation: rotation, translateX: translateX, translateY: translateY, scale: scale,
      shearX: shear, interpolation: interpolation
    ).softened(resolution: resolution, blur: blur)
  }

  /// The changes of colour alone.
  ///
  /// - Throws: As `apply(to:)`.
  public func applyColor(to image: RGBImage) throws -> RGBImage {
    var image = image
    for step in order {
      switch step {
      case .brightness: image.adjustBrightness(brightness)
      case .contrast: image.adjustContrast(contrast)
      case .saturation: image.adjustSaturation(saturation)
      case .hue: try image.adjustHue(hue)
      }
    }
    return image
  }

  /// Changes the colours of y first and distorts that: x has no colour that y lacks.
  ///
  /// - Throws: As `apply(to:)`.
  public func viewWithEqualColors(
    of image: RGBImage, photographs: PhotographCache?
  ) throws -> (canonical: RGBImage, view: PhotoView) {
    let canonical = try applyColor(to: image)
    return (canonical, PhotoView(try applyGeometry(to: canonical)))
  }
}
