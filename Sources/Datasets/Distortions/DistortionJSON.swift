import Foundation
import Imaging
import Support

/// The JSON form: an object of ten keys; angles in degrees, `translate` an array [x, y] of whole
/// pixels, `order` an array of names, `interpolation` a name. `resolution` and `blur` may follow,
/// and do where they change something.
extension DistortionParameters: Decodable {
  private enum Key: String, CodingKey, CaseIterable {
    case rotation, translate, scale, shear, brightness, contrast, saturation, hue, order
    case interpolation, resolution, blur
  }

  /// - Throws: `UserError` for an unknown key, an unknown name or an impossible value;
  ///   `DecodingError` for a missing key or a value of another type.
  public init(from decoder: any Decoder) throws {
    let known = Key.allCases.map(\.rawValue)
    let keys = try [String: JSONValue](from: decoder).keys.sorted()
    if let unknown = keys.first(where: { !known.contains($0) }) {
      throw UserError(
        "unknown key \"\(unknown)\"", remedy: Suggestion.remedy(for: unknown, among: known))
    }
    let values = try decoder.container(keyedBy: Key.self)
    let translate = try values.decode([Double].self, forKey: .translate)
    let pixels = translate.compactMap { Int(exactly: $0) }
    guard translate.count == 2, pixels.count == 2 else {
      throw UserError("translate: not two whole numbers of pixels", remedy: "give [x, y]")
    }
    let order = try values.decode([String].self, forKey: .order).map { name in
      guard let step = ColorStep(rawValue: name) else {
        let steps = ColorStep.allCases.map(\.rawValue)
        throw UserError(
          "order: unknown step \"\(name)\"", remedy: Suggestion.remedy(for: name, among: steps))
      }
      return step
    }
    let name = try values.decode(String.self, forKey: .interpolation)
    guard let interpolation = Interpolation(rawValue: name) else {
      throw UserError(
        "interpolation: unknown name \"\(name)\"", remedy: "choose from nearest, bilinear")
    }
    self.init(
      rotation: try values.decode(Double.self, forKey: .rotation),
      translateX: pixels[0], translateY: pixels[1],
      scale: try values.decode(Double.self, forKey: .scale),
      shear: try values.decode(Double.self, forKey: .shear),
      brightness: try values.decode(Double.self, forKey: .brightness),
      contrast: try values.decode(Double.self, forKey: .contrast),
      saturation: try values.decode(Double.self, forKey: .saturation),
      hue: try values.decode(Double.self, forKey: .hue),
      order: order, interpolation: interpolation,
      resolution: try values.decodeIfPresent(Double.self, forKey: .resolution) ?? 1,
      blur: try values.decodeIfPresent(Double.self, forKey: .blur) ?? 0)
    try check()
  }

  /// Reads the JSON form.
  ///
  /// - Parameter name: what the text is called in errors, e.g. its file.
  /// - Throws: `UserError` of one line for text that is not JSON, an unknown or missing key, and a
  ///   value that is impossible.
  public init(json: Data, name: String) throws {
    do {
      self = try JSONDecoder().decode(DistortionParameters.self, from: json)
    } catch let error as UserError {
      throw UserError("\(name): \(error.problem)", remedy: error.remedy)
    } catch DecodingError.keyNotFound(let key, _) {
      throw UserError("\(name): the key \"\(key.stringValue)\" is missing")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context)
    {
      guard let key = context.codingPath.first?.stringValue else {
        throw UserError("\(name): not a JSON object of distortion parameters")
      }
      throw UserError("\(name): \(key) has a value of the wrong type")
    } catch {
      throw UserError("\(name): not valid JSON", remedy: "see distort --help for the form")
    }
  }

  /// The JSON form over several lines, keys in their usual order. Numbers are the shortest that
  /// read back as the same, so replaying it gives the same pixels.
  public var json: String {
    let steps = order.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    let sharpness =
      (resolution == 1 ? "" : ",\n  \"resolution\": \(resolution)")
      + (blur == 0 ? "" : ",\n  \"blur\": \(blur)")
    return """
      {
        "rotation": \(rotation),
        "translate": [\(translateX), \(translateY)],
        "scale": \(scale),
        "shear": \(shear),
        "brightness": \(brightness),
        "contrast": \(contrast),
        "saturation": \(saturation),
        "hue": \(hue),
        "order": [\(steps)],
        "interpolation": "\(interpolation.rawValue)"\(sharpness)
      }
      """
  }
}
