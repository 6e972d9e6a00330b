import Imaging
import Support

extension DistortionRanges: DistortionKind {
  static let name = "affine"
  static let keys = paper.settings.map(\.key)
  static let jsonKey: String? = nil

  /// A range that is not named changes nothing.
  init(yaml values: [String: YAMLReader], identity: String) throws {
    func range(_ key: String, _ limits: ClosedRange<Double>, _ none: Double) throws
      -> ClosedRange<Double>
    {
      try values[key]?.range(within: limits) ?? none...none
    }
    let words = Interpolation.allCases.map(\.rawValue)
    let interpolation = try values["interpolation"]?.word(of: words, "interpolation")
    self.init(
      rotation: try range("rotation", -360...360, 0),
      translation: try values["translation"]?.number(in: 0...1) ?? 0,
      scale: try range("scale", 0.001...1000, 1), shear: try range("shear", -89...89, 0),
      brightness: try range("brightness", 0...1000, 1),
      contrast: try range("contrast", 0...1000, 1),
      saturation: try range("saturation", 0...1000, 1), hue: try range("hue", -0.5...0.5, 0),
      interpolation: interpolation.flatMap(Interpolation.init) ?? .nearest,
      resolution: try range("resolution", 0.01...1, 1), blur: try range("blur", 0...20, 0))
  }

  var settings: [(key: String, value: String)] {
    [
      ("rotation", rotation.yaml), ("translation", "\(translation)"), ("scale", scale.yaml),
      ("shear", shear.yaml), ("brightness", brightness.yaml), ("contrast", contrast.yaml),
      ("saturation", saturation.yaml), ("hue", hue.yaml),
      ("interpolation", interpolation.rawValue), ("resolution", resolution.yaml),
      ("blur", blur.yaml),
    ]
  }
}
