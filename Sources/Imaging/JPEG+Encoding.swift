import CJPEG
import Support

extension JPEG {
  /// How colour is thinned out when encoding.
  public enum Subsampling: String, CaseIterable, Sendable {
    /// One colour sample for 2 x 2 pixels, the usual choice.
    case s420 = "4:2:0"
    /// One for 2 x 1 pixels.
    case s422 = "4:2:2"
    /// One for each pixel.
    case s444 = "4:4:4"
  }

  /// The image as a baseline JPEG file, the same bytes as Pillow's `save(quality:)` where both use
  /// libjpeg-turbo.
  ///
  /// - Parameter quality: 1 (smallest) to 100; beyond that it is taken as the nearest of them.
  /// - Throws: `UserError` when a side is longer than the 65,500 pixels that JPEG allows.
  public static func encode(
    _ image: RGBImage, quality: Int, subsampling: Subsampling = .s420
  ) throws -> [UInt8] {
    let horizontal: Int32 = subsampling == .s444 ? 1 : 2
    let vertical: Int32 = subsampling == .s420 ? 2 : 1
    var data: UnsafeMutablePointer<UInt8>?
    var size = 0
    defer { rg_jpeg_free(data) }
    try call(name: "JPEG of \(image.width) x \(image.height) pixels") { message in
      image.withPixels { pixels in
        rg_jpeg_encode_rgb(
          pixels, Int32(clamping: image.width), Int32(clamping: image.height),
          Int32(min(max(quality, 1), 100)), horizontal, vertical, &data, &size, message)
      }
    }
    return [UInt8](UnsafeBufferPointer(start: data, count: size))
  }
}
