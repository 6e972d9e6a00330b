import Imaging
import Support

extension DistortionRanges: DistortionKind {
  static let name = "affine"
  static let jsonKey: String? = nil

  private static let rotationKey = Setting.range(
    "rotation", within: -360...360, default: 0...0, "Degrees.")
  private static let translationKey = Setting.number(
    "translation", 0...1, default: 0,
    "The largest translation as a fraction of the side.")
  private static let scaleKey = Setting.range(
    "scale", within: 0.001...1000, default: 1...1, "Factor.")
  private static let shearKey = Setting.range(
    "shear", within: -89...89, default: 0...0, "Degrees, along x.")
  private static let brightnessKey = Setting.range(
    "brightness", within: 0...1000, default: 1...1, "Factor.")
  private static let contrastKey = Setting.range(
    "contrast", within: 0...1000, default: 1...1, "Factor.")
  private static let saturationKey = Setting.range(
    "saturation", within: 0...1000, default: 1...1,
    "Factor.")
  private static let hueKey = Setting.range(
    "hue", within: -0.5...0.5, default: 0...0, "Fraction of the full circle.")
  private static let interpolationKey = Setting<Interpolation>.choice(
    "interpolation", "interpolation", default: .nearest,
    "How the transform samples.")
  private static let resolutionKey = Setting.range(
    "resolution", within: 0.01...1, default: 1...1,
    "The remaining resolution as a fraction of the side.")
  private static let blurKey = Setting.range(
    "blur", within: 0...20, default: 0...0,
    "Standard deviation of a Gaussian blur, pixels.")

  static let settings = [
    rotationKey.declaration, translationKey.declaration, scaleKey.declaration,
    shearKey.declaration, brightnessKey.declaration, contrastKey.declaration,
    saturationKey.declaration, hueKey.declaration, interpolationKey.declaration,
    resolutionKey.declaration, blurKey.declaration,
  ]

  /// A range that is not named changes nothing.
  init(yaml values: SettingsReader, identity: String) throws {
    self.init(
      rotation: try values(Self.rotationKey), translation: try values(Self.translationKey),
      scale: try values(Self.scaleKey), shear: try values(Self.shearKey),
      brightness: try values(Self.brightnessKey), contrast: try values(Self.contrastKey),
      saturation: try values(Self.saturationKey), hue: try values(Self.hueKey),
      interpolation: try values(Self.interpolationKey),
      resolution: try values(Self.resolutionKey), blur: try values(Self.blurKey))
  }

  var written: [(key: String, value: String)] {
    [
      ("rotation", rotation.yaml), ("translation", "\(translation)"), ("scale", scale.yaml),
      ("shear", shear.yaml), ("brightness", brightness.yaml), ("contrast", contrast.yaml),
      ("saturation", saturation.yaml), ("hue", hue.yaml),
      ("interpolation", interpolation.rawValue), ("resolution", resolution.yaml),
      ("blur", blur.yaml),
    ]
  }
}
