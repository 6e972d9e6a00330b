import CPNG
import Support

/// Reading and writing PNG files with libpng, which the package trait `PNG` brings.
public enum PNG {
  /// The library's version, e.g. `libpng 1.6.39`; `nil` in a build without it.
  public static var libraryVersion: String? {
    rg_png_version().map { "libpng \(String(cString: $0))" }
  }

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The pixels of a file as Pillow's `Image.open(path).convert("RGB")` gives them: grey and
  /// palettes become RGB, alpha and transparency are dropped, of 16 bits the upper 8 are taken,
  /// gamma and colour profiles change nothing; of an animation, the image that viewers without
  /// animation show. Checksums are checked. EXIF orientation is not applied.
  ///
  /// 16-bit grey is refused: Pillow clips it at 255, which turns nearly every pixel white.
  ///
  /// - Parameter name: what errors call it.
  /// - Throws: `UserError` when the file is truncated, corrupt, absurdly large or 16-bit grey, or
  ///   this build has no libpng.
  public static func decode(_ bytes: [UInt8], name: String) throws -> RGBImage {
    let header = try header(bytes, name: name)
    guard header.depth < 16 || header.has_color != 0 || header.has_alpha != 0 else {
      throw UserError(
        "\(name): a PNG of 16-bit grey, which Pillow would clip to white",
        remedy: "convert it to 8 bits")
    }
    return try RGBImage(width: Int(header.width), height: Int(header.height)) { pixels in
      try call(name: name) { rg_png_decode_rgb(bytes, bytes.count, header, pixels, $0) }
    }
  }

  /// The image as a PNG file of 8-bit RGB.
  ///
  /// - Throws: `UserError` when a side is longer than 1,000,000 pixels or this build has no libpng.
  public static func encode(_ image: RGBImage) throws -> [UInt8] {
    var data: UnsafeMutablePointer<UInt8>?
    var size = 0
    defer { rg_png_free(data) }
    try call(name: "PNG of \(image.width) x \(image.height) pixels") { message in
      image.withPixels { pixels in
        rg_png_encode_rgb(
          pixels, Int32(clamping: image.width), Int32(clamping: image.height), &data, &size,
          message)
      }
    }
    return [UInt8](UnsafeBufferPointer(start: data, count: size))
  }

  /// Width and height in pixels.
  static func size(_ bytes: [UInt8], name: String) throws -> (width: Int, height: Int) {
    let header = try header(bytes, name: name)
    return (Int(header.width), Int(header.height))
  }

  private static func header(_ bytes: [UInt8], name: String) throws -> rg_png_header {
    var header = rg_png_header()
    try call(name: name) { rg_png_read_header(bytes, bytes.count, &header, $0) }
    try ImageFile.checkSize(Int(header.width), Int(header.height), name: name)
    return header
  }

  /// Runs one function of the shim and turns its status into an error.
  private static func call(
    name: String, _ body: (UnsafeMutablePointer<CChar>) -> rg_png_status
  ) throws {
    let (status, detail) = withShimMessage(length: Int(RG_PNG_MESSAGE_LENGTH), body)
    guard status == RG_PNG_OK else { throw failure(status, name: name, detail) }
  }

  private static func failure(
    _ status: rg_png_status, name: String, _ detail: String
  ) -> UserError {
    let remedy = "copy the file again"
    return switch status {
    case RG_PNG_UNAVAILABLE:
      UserError(
        "\(name): PNG is not supported by this build, which lacks the package trait PNG",
        remedy: "build with the default traits (needs libpng), or use JPEG or PPM")
    case RG_PNG_TRUNCATED: UserError("\(name): truncated PNG (\(detail))", remedy: remedy)
    case RG_PNG_TOO_LARGE: UserError("\(name): PNG of an impossible size (\(detail))")
    case RG_PNG_NO_MEMORY: UserError("\(name): not enough memory for this PNG")
    default: UserError("\(name): corrupt PNG (\(detail))", remedy: remedy)
    }
  }
}

extension PNG {
  /// The EXIF orientation, 1...8, from eXIf, `Raw profile type exif` or XMP as Pillow finds it; 1
  /// (upright) when the file has none or it cannot be read.
  public static func orientation(_ bytes: [UInt8]) -> Int {
    var metadata = Metadata()
    var message = [CChar](repeating: 0, count: Int(RG_PNG_MESSAGE_LENGTH))
    // Damage is reported when the pixels are decoded; what comes before it counts.
    _ = withUnsafeMutablePointer(to: &metadata) { context in
      rg_png_read_metadata(
        bytes, bytes.count, context,
        { context, kind, start, count in
          context?.assumingMemoryBound(to: Metadata.self).pointee
            .add(kind, [UInt8](UnsafeBufferPointer(start: start, count: count)))
        }, &message)
    }
    return Orientation.number(exif: metadata.exif ?? metadata.rawProfile, xmp: metadata.xmp)
  }

  /// The last of each kind counts.
  private struct Metadata {
    var exif: [UInt8]?
    var rawProfile: [UInt8]?
    var xmp: [UInt8]?

    mutating func add(_ kind: rg_png_metadata_kind, _ bytes: [UInt8]) {
      switch kind {
      case RG_PNG_EXIF: exif = bytes
      case RG_PNG_RAW_EXIF: rawProfile = Self.bytes(hexadecimal: bytes)
      default: xmp = bytes
      }
    }

    /// ImageMagick's form: an empty line, the kind, the number of bytes, then lines of hexadecimal
    /// digits; cut off where something else comes.
    static func bytes(hexadecimal text: [UInt8]) -> [UInt8] {
      let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let digits = lines.dropFirst(3).joined().filter { !(9...13).contains($0) && $0 != 0x20 }
      return stride(from: 0, to: digits.count - 1, by: 2).map { at in
        UInt8(String(decoding: digits[at..<at + 2], as: UTF8.self), radix: 16)
      }.prefix { $0 != nil }.compactMap { $0 }
    }
  }
}
