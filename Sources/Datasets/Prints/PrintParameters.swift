import Foundation
import Imaging
import Support

/// One simulated print and its photograph, every number of it.
public struct PrintParameters: Equatable, Sendable {
  /// The side of the print.
  public let inches: Double
  /// The key of the sensor's noise.
  public let noise: UInt32
  private let values: [PrintSetting: Double]

  /// Sides that can be printed, inches.
  public static let sizes = 0.5...20.0

  /// - Parameter values: one for every setting; one that is missing counts as its lower limit.
  init(inches: Double, noise: UInt32, values: [PrintSetting: Double]) {
    self.inches = inches
    self.noise = noise
    self.values = values
  }

  /// In the unit that `PrintSetting` says.
  public subscript(setting: PrintSetting) -> Double {
    values[setting] ?? setting.limits.lowerBound
  }

  /// The same but for one setting.
  public func changing(_ setting: PrintSetting, to value: Double) -> PrintParameters {
    PrintParameters(
      inches: inches, noise: noise, values: values.merging([setting: value]) { $1 })
  }
}

/// The JSON form: an object of `inches`, `noise` and every setting by its name.
extension PrintParameters: Codable {
  /// - Throws: `UserError` for a key that is missing or unknown and a value outside of its limits;
  ///   `DecodingError` for one that is not a number.
  public init(from decoder: any Decoder) throws {
    var numbers = try [String: Double](from: decoder)
    func take(_ name: String, _ limits: ClosedRange<Double>) throws -> Double {
      guard let value = numbers.removeValue(forKey: name) else {
        throw UserError("the key \"\(name)\" is missing")
      }
      guard limits.contains(value) else {
        throw UserError(
          "\(name): \(value) is not possible",
          remedy: "give \(limits.lowerBound)…\(limits.upperBound)")
      }
      return value
    }
    inches = try take("inches", Self.sizes)
    noise = UInt32(try take("noise", 0...Double(UInt32.max)))
    var values: [PrintSetting: Double] = [:]
    for setting in PrintSetting.allCases {
      values[setting] = try take(setting.rawValue, setting.limits)
    }
    self.values = values
    if let unknown = numbers.keys.sorted().first { throw UserError("unknown key \"\(unknown)\"") }
  }

  /// Reads the JSON form.
  ///
  /// - Parameter name: what the text is called in errors, e.g. its file.
  /// - Throws: `UserError` of one line for an unknown or missing key, and a value that is not a number or
  ///   impossible.
  public init(json: Data, name: String) throws {
    do {
      self = try JSONDecoder().decode(PrintParameters.self, from: json)
    } catch let error as UserError {
      throw UserError("\(name): \(error.problem)", remedy: error.remedy)
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context)
    {
      let key = context.codingPath.first.map { "\($0.stringValue) has" } ?? "it has"
      throw UserError("\(name): \(key) a value that is not a number")
    } catch {
      throw UserError("\(name): not the parameters of a simulated print")
    }
  }

  /// Every setting, those that were not drawn at their lower limit.
  public func encode(to encoder: any Encoder) throws {
    var numbers = ["inches": inches, "noise": Double(noise)]
    for setting in PrintSetting.allCases { numbers[setting.rawValue] = self[setting] }
    try numbers.encode(to: encoder)
  }

  /// The JSON form over several lines, in the order of `PrintSetting`.
  public var json: String {
    let settings = PrintSetting.allCases.map { "  \"\($0.rawValue)\": \(self[$0])" }
    return
      "{\n  \"inches\": \(inches),\n  \"noise\": \(noise),\n"
      + settings.joined(separator: ",\n") + "\n}"
  }
}

/// Where things lie.
extension PrintParameters {
  /// Pixels of the camera that an inch of the print takes.
  var pixelsPerInch: Double {
    self[.focalLength] / (self[.distance] + self[.distancePerInch] * inches)
  }

  /// The side of the photograph as the camera's focal length gives it, pixels.
  private var exactSide: Double { inches * pixelsPerInch / self[.fill] }

  /// The side of the photograph, pixels: at most that of a square of 36 megapixels.
  public var photoSide: Int { min(max(Int(exactSide.rounded()), 32), 6000) }

  /// How large a photo of `side` pixels is beside the camera's.
  func scale(side: Int) -> Double { Double(side) / exactSide }

  /// From the print, which reaches from 0 to 1, to a photo of `side` pixels: the plane before a
  /// pinhole camera, turned by roll, tilt around the vertical and tilt around the horizontal axis.
  func perspective(side: Int) -> Homography {
    let radian = Double.pi / 180
    let (cx, sx) = (cos(self[.tiltX] * radian), sin(self[.tiltX] * radian))
    let (cy, sy) = (cos(self[.tiltY] * radian), sin(self[.tiltY] * radian))
    let (cz, sz) = (cos(self[.roll] * radian), sin(self[.roll] * radian))
    // Columns of Rx · Ry · Rz: where the print's two directions point.
    let right = [cy * cz, cx * sz + sx * sy * cz, sx * sz - cx * sy * cz]
    let down = [-cy * sz, cx * cz - sx * sy * sz, sx * cz + cx * sy * sz]
    let away = self[.distance] + self[.distancePerInch] * inches
    let focal = self[.focalLength] * scale(side: side)
    let middle = [
      Double(side) * (0.5 + self[.offsetX]), Double(side) * (0.5 + self[.offsetY]),
    ]
    func row(_ axis: Int) -> [Double] {
      [
        right[axis] * inches, down[axis] * inches,
        -0.5 * inches * (right[axis] + down[axis]) + (axis == 2 ? away : 0),
      ]
    }
    let depth = row(2)
    let across = zip(row(0), depth).map { focal * $0 + middle[0] * $1 }
    let along = zip(row(1), depth).map { focal * $0 + middle[1] * $1 }
    return Homography(elements: across + along + depth)
  }

  /// The perspective, from the print to the photo, both from −1 to 1.
  public func inverse() -> Homography {
    // A photo of two pixels reaches from −1 to 1 around its middle.
    Homography(elements: [1, 0, -1, 0, 1, -1, 0, 0, 1])
      .after(perspective(side: 2))
      .after(Homography(elements: [0.5, 0, 0.5, 0, 0.5, 0.5, 0, 0, 1]))
  }

  /// The affine map that comes nearest to the perspective (least squares over the print), as
  /// `DistortionParameters.theta`: with it a spatial transformer takes most of the geometry back.
  public func theta() -> [Double] {
    let map = inverse()
    // On a grid that is even in both directions, the three unknowns of a row are apart.
    let grid = stride(from: -0.875, through: 0.875, by: 0.25).flatMap { v in
      stride(from: -0.875, through: 0.875, by: 0.25).map { u in (u, v) }
    }
    let square = grid.reduce(0) { $0 + $1.0 * $1.0 }
    var theta = [Double](repeating: 0, count: 6)
    for (u, v) in grid {
      let point = map(Homography.Point(u, v))
      for (row, value) in [point.x, point.y].enumerated() {
        theta[row * 3] += value * u / square
        theta[row * 3 + 1] += value * v / square
        theta[row * 3 + 2] += value / Double(grid.count)
      }
    }
    return theta
  }
}
