import CKernels
import Foundation

/// From light to pixel values and back.
enum ToneCurve {
  /// Light 0…1 of a value 0…1 (sRGB, IEC 61966-2-1).
  static func linear(_ value: Double) -> Double {
    value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
  }

  /// The value 0…1 of light 0…1.
  static func encoded(_ light: Double) -> Double {
    light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055
  }

  /// Light of the 256 pixel values.
  static let bytes: [Float] = (0..<256).map { Float(linear(Double($0) / 255)) }

  private static let standard: [Float] = (0...Int(RG_PRINT_TONE)).map {
    Float(encoded(Double($0) / Double(RG_PRINT_TONE)))
  }

  /// A camera's curve for `rg_print_develop`: sRGB's, drawn by `contrast` towards an S.
  static func table(contrast: Double) -> [Float] {
    guard contrast != 0 else { return standard }
    let amount = Float(contrast)
    return standard.map { $0 + amount * ($0 * $0 * (3 - 2 * $0) - $0) }
  }
}
