import Foundation
import Imaging
import Support

/// One distortion, every number of it, of whichever kind.
public enum DrawnDistortion: Equatable, Sendable {
  case affine(DistortionParameters)
  case print(PrintParameters)

  /// x: the distorted image, as large as the image, which must be square for a print.
  ///
  /// - Throws: `UserError` for numbers so extreme that the transform is not finite.
  public func apply(to image: RGBImage) throws -> RGBImage {
    switch self {
    case .affine(let parameters): try parameters.apply(to: image)
    case .print(let parameters): PrintSimulator(parameters).photograph(image, side: image.width)
    }
  }

  /// The distortion without its changes of colour; of a print, the perspective and what lies around
  /// it, alone.
  ///
  /// - Throws: As `apply(to:)`.
  public func applyGeometry(to image: RGBImage) throws -> RGBImage {
    switch self {
    case .affine(let parameters): try parameters.applyAffine(to: image)
    case .print(let parameters):
      PrintSimulator(parameters).photograph(image, side: image.width, effects: .geometry)
    }
  }

  /// The changes of colour alone; of a print, those that are the same for every pixel: inks, paper,
  /// illuminant, exposure and tone.
  ///
  /// - Throws: As `apply(to:)`.
  public func applyColor(to image: RGBImage) throws -> RGBImage {
    switch self {
    case .affine(let parameters): try parameters.applyColor(to: image)
    case .print(let parameters):
      PrintSimulator(parameters).photograph(image, side: image.width, effects: .colors)
    }
  }

  /// x and a y that has its colours, so that all else is left to be repaired.
  ///
  /// The affine kind changes the colours of y first and distorts that: x has no colour that y lacks.
  /// A print cannot be taken apart like that, since dots, blur and noise lie between its colours and
  /// its pixels: x is as always, and y is seen in its inks and light.
  ///
  /// - Throws: As `apply(to:)`.
  public func applyWithEqualColors(
    to image: RGBImage
  ) throws -> (canonical: RGBImage, distorted: RGBImage) {
    let canonical = try applyColor(to: image)
    return switch self {
    case .affine: (canonical, try applyGeometry(to: canonical))
    case .print: (canonical, try apply(to: image))
    }
  }

  /// The θ with which a spatial transformer undoes the geometry, as `DistortionParameters.theta`; of
  /// a print the one that comes nearest to its perspective.
  public var theta: [Double] {
    switch self {
    case .affine(let parameters): parameters.theta()
    case .print(let parameters): parameters.theta()
    }
  }

  /// The JSON form, which reads back as the same.
  public var json: String {
    switch self {
    case .affine(let parameters): parameters.json
    case .print(let parameters): parameters.json
    }
  }

  /// Reads the JSON form of either kind from a file; a print's has the key `inches`.
  ///
  /// - Throws: `UserError` naming the file, as `DistortionParameters.init(json:name:)` does.
  public init(path: String) throws {
    let data = Data(try ReadableFile(path: path).readAll())
    // What is not JSON at all is an error of either.
    if case .object(let keys) = JSONValue(json: String(decoding: data, as: UTF8.self)),
      keys["inches"] != nil
    {
      self = .print(try PrintParameters(json: data, name: path))
    } else {
      self = .affine(try DistortionParameters(json: data, name: path))
    }
  }
}
