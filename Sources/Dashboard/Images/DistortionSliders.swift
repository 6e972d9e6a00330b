import Datasets
import Foundation
import Support

/// The parts of a distortion that a page can change.
enum DistortionSliders {
  /// A part, with the bounds and the step of its slider.
  struct Slider: Encodable {
    let key, name, unit: String
    let low, high, step, neutral: Double
  }

  static let all = [
    Slider(
      key: "rotation", name: "Rotation", unit: "°", low: -30, high: 30, step: 0.1, neutral: 0),
    Slider(
      key: "translate_x", name: "Shift right", unit: "px", low: -64, high: 64, step: 1, neutral: 0),
    Slider(
      key: "translate_y", name: "Shift down", unit: "px", low: -64, high: 64, step: 1, neutral: 0),
    Slider(key: "scale", name: "Scale", unit: "×", low: 0.5, high: 1.5, step: 0.01, neutral: 1),
    Slider(key: "shear", name: "Shear", unit: "°", low: -20, high: 20, step: 0.1, neutral: 0),
    Slider(
      key: "brightness", name: "Brightness", unit: "×", low: 0, high: 2, step: 0.01, neutral: 1),
    Slider(key: "contrast", name: "Contrast", unit: "×", low: 0, high: 2, step: 0.01, neutral: 1),
    Slider(
      key: "saturation", name: "Saturation", unit: "×", low: 0, high: 2, step: 0.01, neutral: 1),
    Slider(key: "hue", name: "Hue", unit: "turn", low: -0.5, high: 0.5, step: 0.01, neutral: 0),
  ]

  /// No change at all.
  private static let neutral = """
    {"rotation": 0, "translate": [0, 0], "scale": 1, "shear": 0, "brightness": 1, "contrast": 1,
    "saturation": 1, "hue": 0, "order": ["brightness", "contrast", "saturation", "hue"],
    "interpolation": "nearest"}
    """

  /// A distortion with some of its parts changed; `nil` where nothing is.
  ///
  /// - Parameters:
  ///   - drawn: what is changed; `nil` for no distortion.
  ///   - query: the parts, by key.
  /// - Throws: `PageError` for a value out of its slider's bounds, and for a distortion that has no such
  ///   parts, such as a print.
  static func changed(
    _ drawn: (any DrawnDistortion)?, _ query: Query
  ) throws -> DistortionParameters? {
    let given = try all.compactMap { slider in
      try query.number(slider.key, in: slider.low...slider.high).map { (slider.key, $0) }
    }
    guard !given.isEmpty else { return nil }
    guard drawn == nil || drawn is DistortionParameters else {
      throw PageError.badRequest("This distortion has no such parts.")
    }
    guard case .object(var values) = JSONValue(json: drawn?.json ?? neutral) else {
      throw UserError("the distortion cannot be read")
    }
    var shift = values["translate"]?.elements ?? []
    for (key, value) in given {
      switch key {
      case "translate_x" where shift.count == 2: shift[0] = .integer(Int(value.rounded()))
      case "translate_y" where shift.count == 2: shift[1] = .integer(Int(value.rounded()))
      default: values[key] = .number(value)
      }
    }
    values["translate"] = .list(shift)
    return try DistortionParameters(
      json: Data(try JSONValue.object(values).line().utf8), name: "the sliders")
  }

  /// The parts' values, by key; `nil` for a distortion that has other parts.
  static func values(_ drawn: (any DrawnDistortion)?) -> [String: Double]? {
    guard let drawn else {
      return Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0.neutral) })
    }
    guard let known = drawn as? DistortionParameters else { return nil }
    return [
      "rotation": known.rotation, "translate_x": Double(known.translateX),
      "translate_y": Double(known.translateY), "scale": known.scale, "shear": known.shear,
      "brightness": known.brightness, "contrast": known.contrast,
      "saturation": known.saturation, "hue": known.hue,
    ]
  }
}
