import Foundation

/// The colour of light.
enum Illuminant {
  /// What a camera's channels see of a grey surface, of mean 1: a black body's light (Planck's law at
  /// 600, 545 and 450 nm, 6500 K being neutral), of which white balance takes a part away.
  static func gains(temperature: Double, whiteBalance: Double, tint: Double) -> [Double] {
    func radiance(_ nanometres: Double, _ kelvin: Double) -> Double {
      1 / (exp(1.4388e7 / (nanometres * kelvin)) - 1)
    }
    let raw = [600.0, 545, 450].map { radiance($0, temperature) / radiance($0, 6500) }
    let left = raw.map { pow($0 / raw[1], 1 - whiteBalance) }
    let tinted = [left[0] * (1 - tint / 2), left[1] * (1 + tint / 2), left[2] * (1 - tint / 2)]
    let mean = tinted.reduce(0, +) / 3
    return tinted.map { $0 / mean }
  }
}
