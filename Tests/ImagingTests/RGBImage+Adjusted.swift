import Imaging

/// The colour functions on a copy.
extension RGBImage {
  private func changed(_ change: (inout RGBImage) throws -> Void) rethrows -> RGBImage {
    var result = self
    try change(&result)
    return result
  }

  func adjustedBrightness(_ factor: Double) -> RGBImage { changed { $0.adjustBrightness(factor) } }
  func adjustedContrast(_ factor: Double) -> RGBImage { changed { $0.adjustContrast(factor) } }
  func adjustedSaturation(_ factor: Double) -> RGBImage { changed { $0.adjustSaturation(factor) } }
  func adjustedHue(_ shift: Double) throws -> RGBImage { try changed { try $0.adjustHue(shift) } }
}
