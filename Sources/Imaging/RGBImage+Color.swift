import CKernels
import Support

/// torchvision's colour functions on PIL images, byte for byte. A factor of 1 changes nothing.
extension RGBImage {
  /// Blends from black: factor 0 is black, 2 twice as bright (`ImageEnhance.Brightness`).
  public mutating func adjustBrightness(_ factor: Double) {
    let count = pixelCount * 3
    withMutablePixels { rg_image_blend_constant($0, count, 0, Float(factor)) }
  }

  /// Blends from the mean grey of the image, rounded (`ImageEnhance.Contrast`).
  public mutating func adjustContrast(_ factor: Double) {
    let count = pixelCount
    withMutablePixels { pixels in
      let mean = Double(rg_image_grey_sum(pixels, count)) / Double(count)
      rg_image_blend_constant(pixels, count * 3, UInt8(mean + 0.5), Float(factor))
    }
  }

  /// Blends from the image in grey (`ImageEnhance.Color`).
  public mutating func adjustSaturation(_ factor: Double) {
    let count = pixelCount
    withMutablePixels { rg_image_blend_grey($0, count, Float(factor)) }
  }

  /// Turns the hue by `shift` turns, through Pillow's 8-bit HSV (`adjust_hue`). The round trip
  /// itself changes pixels, so a shift of 0 is not quite nothing.
  ///
  /// - Throws: `UserError` when the shift is outside of -0.5...0.5.
  public mutating func adjustHue(_ shift: Double) throws {
    guard shift >= -0.5, shift <= 0.5 else {
      throw UserError("hue shift \(shift) is out of range", remedy: "give -0.5 to 0.5")
    }
    let count = pixelCount
    let steps = UInt8(truncatingIfNeeded: Int(shift * 255))
    withMutablePixels { rg_image_shift_hue($0, count, steps) }
  }
}
