import Foundation
import Imaging
import Support
import Tensors

/// One corruption of an image: which, how severe, and what its random numbers follow from.
public struct CorruptionParameters: DrawnDistortion, Equatable, Decodable {
  /// Which of ImageNet-C's.
  public let corruption: Corruption
  /// One of `Corruption.severities`.
  public let severity: Int
  /// The seed of all its random numbers: a whole number of 53 bits.
  public let noise: UInt64

  /// - Parameters: As the properties of their names, within their ranges.
  package init(_ corruption: Corruption, severity: Int, noise: UInt64) {
    (self.corruption, self.severity, self.noise) = (corruption, severity, noise)
  }

  /// The random numbers, those of each corruption apart. Severities share them, so that they differ in
  /// strength alone.
  private var numbers: RandomStream { RandomStream(seed: noise, purpose: corruption.rawValue) }

  /// The corrupted image.
  public func apply(to image: RGBImage) throws -> RGBImage {
    var numbers = numbers
    return try corruption.applied(to: image, severity: severity, numbers: &numbers)
  }

  /// All of an elastic transform; nothing of another corruption.
  public func applyGeometry(to image: RGBImage) throws -> RGBImage {
    corruption.effect == .geometry ? try apply(to: image) : image
  }

  /// All of a change of brightness or contrast; nothing of another corruption.
  public func applyColor(to image: RGBImage) throws -> RGBImage {
    corruption.effect == .color ? try apply(to: image) : image
  }

  /// What changes brightness or contrast changes y as well; of the others x is as always.
  public func viewWithEqualColors(
    of image: RGBImage, photographs: PhotographCache?
  ) throws -> (canonical: RGBImage, view: PhotoView) {
    let canonical = try applyColor(to: image)
    return (canonical, PhotoView(corruption.effect == .color ? canonical : try apply(to: image)))
  }

  /// Of an elastic transform its affine part; of all others the identity, since nothing moves.
  public func theta() -> [Double] {
    guard corruption == .elasticTransform else { return [1, 0, 0, 0, 1, 0] }
    var numbers = numbers
    let side = ImageSide.distorted
    let map = ElasticDeformation.of(severity: severity).affineMap(
      width: side, height: side, &numbers)
    // From pixels, whose middles are whole numbers, to −1…1.
    let half = Double(side) / 2
    let middle = half - 0.5
    func row(_ a: Double, _ b: Double, _ shift: Double) -> [Double] {
      [a, b, (a * middle + b * middle + shift - middle) / half]
    }
    return row(map[0], map[1], map[2]) + row(map[3], map[4], map[5])
  }
}

/// The JSON form: an object of three keys.
extension CorruptionParameters {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case corruption, severity, noise
  }

  /// - Throws: `UserError` for an unknown key and a value that is impossible; `DecodingError` for a missing
  ///   key or a value of another type.
  public init(from decoder: any Decoder) throws {
    let known = CodingKeys.allCases.map(\.rawValue)
    let keys = try [String: JSONValue](from: decoder).keys.sorted()
    if let unknown = keys.first(where: { !known.contains($0) }) {
      throw UserError(
        "unknown key \"\(unknown)\"", remedy: Suggestion.remedy(for: unknown, among: known))
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let name = try values.decode(String.self, forKey: .corruption)
    guard let corruption = Corruption(rawValue: name) else {
      throw UserError(
        "corruption: unknown name \"\(name)\"",
        remedy: Suggestion.remedy(for: name, among: Corruption.allCases.map(\.rawValue)))
    }
    func whole(_ key: CodingKeys, in range: ClosedRange<Int>) throws -> Int {
      let number = try values.decode(Double.self, forKey: key)
      guard let value = Int(exactly: number), range.contains(value) else {
        throw UserError(
          "\(key.rawValue): \(number) is not possible",
          remedy: "give a whole number, \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
    self.init(
      corruption, severity: try whole(.severity, in: Corruption.severities),
      noise: UInt64(try whole(.noise, in: 0...(1 << 53) - 1)))
  }

  /// Reads the JSON form.
  ///
  /// - Parameter name: what the text is called in errors, e.g. its file.
  /// - Throws: `UserError` of one line for text that is not JSON, an unknown or missing key, and a
  ///   value that is impossible.
  public init(json: Data, name: String) throws {
    do {
      self = try JSONDecoder().decode(Self.self, from: json)
    } catch let error as UserError {
      throw UserError("\(name): \(error.problem)", remedy: error.remedy)
    } catch DecodingError.keyNotFound(let key, _) {
      throw UserError("\(name): the key \"\(key.stringValue)\" is missing")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context)
    {
      let key = context.codingPath.first.map { "\($0.stringValue) has" } ?? "it has"
      throw UserError("\(name): \(key) a value of the wrong type")
    } catch {
      throw UserError("\(name): not the parameters of a corruption")
    }
  }

  /// The JSON form over several lines.
  public var json: String {
    """
    {
      "corruption": "\(corruption.rawValue)",
      "severity": \(severity),
      "noise": \(noise)
    }
    """
  }
}
