import Datasets

/// One of the numbers of a distortion, as how strong it is. Rotation, translation, shear and hue
/// count without their sign; scale, brightness, contrast and saturation are factors, which do
/// nothing at 1.
public enum DistortionStrength: String, CaseIterable, Sendable {
  case rotation, translation, scale, shear, brightness, contrast, saturation, hue

  /// The strength of a distortion in `unit`.
  public func value(of parameters: DistortionParameters) -> Double {
    switch self {
    case .rotation: abs(parameters.rotation)
    case .translation:
      (Double(parameters.translateX * parameters.translateX)
        + Double(parameters.translateY * parameters.translateY)).squareRoot()
    case .scale: parameters.scale
    case .shear: abs(parameters.shear)
    case .brightness: parameters.brightness
    case .contrast: parameters.contrast
    case .saturation: parameters.saturation
    case .hue: abs(parameters.hue)
    }
  }

  /// What the values count; empty for factors. Pixels are those of the 256×256 images.
  public var unit: String {
    switch self {
    case .rotation, .shear: "°"
    case .translation: "pixels"
    case .hue: "of a turn"
    case .scale, .brightness, .contrast, .saturation: ""
    }
  }

  /// Whether the sign is dropped.
  public var isMagnitude: Bool {
    switch self {
    case .rotation, .translation, .shear, .hue: true
    case .scale, .brightness, .contrast, .saturation: false
    }
  }

  /// `|rotation|`, `scale`, …
  public var symbol: String { isMagnitude ? "|\(rawValue)|" : rawValue }
}
