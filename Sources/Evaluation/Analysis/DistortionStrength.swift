import Datasets

/// One of the numbers of a distortion, as how strong it is. Rotation, translation, shear, hue, roll and
/// tint count without their sign; scale, brightness, contrast and saturation are factors, which do
/// nothing at 1.
public enum DistortionStrength: String, CaseIterable, Sendable {
  // Of an affine map with a colour jitter.
  case rotation, translation, scale, shear, brightness, contrast, saturation, hue
  // Of a photograph of a print.
  case size, tilt, roll, exposure, temperature, tint, defocus, motion, screen
  // Of a corruption.
  case severity

  /// The strength of a distortion in `unit`; `nil` where its kind has no such part.
  public func value(of drawn: any DrawnDistortion) -> Double? {
    if let parameters = drawn as? DistortionParameters { return value(of: parameters) }
    if let corruption = drawn as? CorruptionParameters {
      return self == .severity ? Double(corruption.severity) : nil
    }
    return (drawn as? PrintParameters).flatMap(value)
  }

  private func value(of parameters: DistortionParameters) -> Double? {
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
    case .size, .tilt, .roll, .exposure, .temperature, .tint, .defocus, .motion, .screen, .severity:
      nil
    }
  }

  private func value(of print: PrintParameters) -> Double? {
    switch self {
    case .size: print.inches
    case .tilt:
      (print[.tiltX] * print[.tiltX] + print[.tiltY] * print[.tiltY]).squareRoot()
    case .roll: abs(print[.roll])
    case .exposure: print[.exposure]
    case .temperature: print[.temperature]
    case .tint: abs(print[.tint])
    case .defocus: print[.defocus]
    case .motion: print[.motion]
    case .screen: print[.screenLPI]
    case .rotation, .translation, .scale, .shear, .brightness, .contrast, .saturation, .hue,
      .severity:
      nil
    }
  }

  /// What the values count; empty for factors. Pixels are those of the 256×256 images, or of the
  /// photograph of a print.
  public var unit: String {
    switch self {
    case .rotation, .shear, .tilt, .roll: "°"
    case .translation, .defocus, .motion: "pixels"
    case .hue: "of a turn"
    case .size: "in"
    case .exposure: "stops"
    case .temperature: "K"
    case .screen: "lines/in"
    case .scale, .brightness, .contrast, .saturation, .tint, .severity: ""
    }
  }

  /// Whether the sign is dropped.
  public var isMagnitude: Bool {
    switch self {
    case .rotation, .translation, .shear, .hue, .roll, .tint: true
    case .scale, .brightness, .contrast, .saturation, .size, .tilt, .exposure, .temperature,
      .defocus, .motion, .screen, .severity:
      false
    }
  }

  /// `|rotation|`, `scale`, …
  public var symbol: String { isMagnitude ? "|\(rawValue)|" : rawValue }
}
