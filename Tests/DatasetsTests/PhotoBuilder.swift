import Foundation
import Imaging

/// Photos that tests make.
enum PhotoBuilder {
  /// A smooth picture with no symmetry, so that every turn and shift of it shows.
  static func picture(width: Int, height: Int) -> RGBImage {
    var image = RGBImage(width: width, height: height)
    for y in 0..<height {
      for x in 0..<width {
        let at = (y * width + x) * 3
        let (u, v) = (Double(x) / Double(width), Double(y) / Double(height))
        image.pixels[at] = UInt8(255 * u)
        image.pixels[at + 1] = UInt8(255 * v * v)
        image.pixels[at + 2] = UInt8(127 + 120 * sin(9 * u + 5 * v))
      }
    }
    return image
  }

  /// A JPEG file with an EXIF orientation.
  static func jpeg(_ image: RGBImage, orientation: Int = 1) throws -> [UInt8] {
    let file = try JPEG.encode(image, quality: 95, subsampling: .s444)
    let tiff: [UInt8] =
      Array("MM".utf8) + [0, 42, 0, 0, 0, 8]  // the header; the directory begins at 8
      + [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0]
    let exif = Array("Exif\0\0".utf8) + tiff
    return file.prefix(2) + [0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif + file.dropFirst(2)
  }

  /// How the upright picture lies in a file of this orientation.
  static func stored(_ upright: RGBImage, orientation: Int) -> RGBImage {
    // Each is its own way back, but for the two quarter turns.
    upright.oriented([6: 8, 8: 6][orientation] ?? orientation)
  }
}
