import CWebP
import Support

/// Reading WebP files with libwebp, which the package trait `WebP` brings.
public enum WebP {
  /// The library's version, e.g. `libwebp 1.2.4`; `nil` in a build without it.
  public static var libraryVersion: String? {
    let version = rg_webp_version()
    guard version != 0 else { return nil }
    return "libwebp \(version >> 16).\(version >> 8 & 255).\(version & 255)"
  }

  /// Whether bytes begin as a WebP file does: `RIFF`, its length, `WEBP`.
  static func starts(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.starts(with: Array("RIFF".utf8)) && bytes.dropFirst(8).starts(with: Array("WEBP".utf8))
  }

  /// The pixels of a file as Pillow's `Image.open(path).convert("RGB")` gives them: alpha is dropped, colour
  /// profiles change nothing, of an animation it is the first image. EXIF orientation is not applied.
  ///
  /// - Parameter name: what errors call it.
  /// - Throws: `UserError` when the file is truncated, corrupt or absurdly large, or this build has no
  ///   libwebp.
  public static func decode(_ bytes: [UInt8], name: String) throws -> RGBImage {
    let (width, height) = try size(bytes, name: name)
    return try RGBImage(width: width, height: height) { pixels in
      try check(name) {
        rg_webp_decode_rgb(bytes, bytes.count, Int32(width), Int32(height), pixels, $0)
      }
    }
  }

  /// Width and height in pixels, without decoding them.
  ///
  /// - Throws: as `decode(_:name:)`, as far as the header shows it.
  public static func size(_ bytes: [UInt8], name: String) throws -> (width: Int, height: Int) {
    var (width, height): (Int32, Int32) = (0, 0)
    try check(name) { rg_webp_read_size(bytes, bytes.count, &width, &height, $0) }
    try ImageFile.checkSize(Int(width), Int(height), name: name)
    return (Int(width), Int(height))
  }

  /// The EXIF orientation, 1...8, from EXIF or XMP as Pillow finds it; 1 (upright) when the file has none or
  /// it cannot be read.
  public static func orientation(_ bytes: [UInt8]) -> Int {
    Orientation.number(exif: metadata("EXIF", of: bytes), xmp: metadata("XMP ", of: bytes))
  }

  private static func metadata(_ name: String, of bytes: [UInt8]) -> [UInt8]? {
    bytes.withUnsafeBufferPointer { data in
      var count = 0
      guard let start = rg_webp_metadata(data.baseAddress, data.count, name, &count) else {
        return nil
      }
      return [UInt8](UnsafeBufferPointer(start: start, count: count))
    }
  }

  private static func check(
    _ name: String, _ body: (UnsafeMutablePointer<CChar>) -> rg_webp_status
  ) throws {
    let (status, detail) = withShimMessage(length: Int(RG_WEBP_MESSAGE_LENGTH), body)
    let remedy = "copy the file again"
    switch status {
    case RG_WEBP_OK: return
    case RG_WEBP_UNAVAILABLE:
      throw UserError(
        "\(name): WebP is not supported by this build, which lacks the package trait WebP",
        remedy: "build with the default traits (needs libwebp), or convert it to PNG")
    case RG_WEBP_TRUNCATED: throw UserError("\(name): truncated WebP (\(detail))", remedy: remedy)
    case RG_WEBP_TOO_LARGE: throw UserError("\(name): WebP of an impossible size (\(detail))")
    case RG_WEBP_NO_MEMORY: throw UserError("\(name): not enough memory for this WebP")
    default: throw UserError("\(name): corrupt WebP (\(detail))", remedy: remedy)
    }
  }
}
