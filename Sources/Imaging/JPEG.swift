import CJPEG
import Support

/// Reading and writing JPEG files with libjpeg.
public enum JPEG {
  /// What a file's header says of its image.
  public struct Dimensions: Equatable, Sendable {
    /// Pixels.
    public let width: Int
    /// Pixels.
    public let height: Int
    /// 1 grey, 3 colour, 4 CMYK.
    public let components: Int
  }

  /// The pixels of a file as Pillow's `Image.open(path).convert("RGB")` gives them: grey, colour
  /// and CMYK (taken as inverted, as Adobe writes it), baseline and progressive, any subsampling.
  /// EXIF orientation is not applied.
  ///
  /// - Throws: `UserError` naming the file when it is missing, empty, not a JPEG, truncated,
  ///   corrupt or absurdly large.
  public static func decode(path: String) throws -> RGBImage {
    try decode(FileBytes.read(path: path), name: path)
  }

  /// The pixels of a file in memory; `name` is what errors call it.
  ///
  /// - Parameter orientation: what `oriented(_:)` would be called with afterwards; here pixels go
  ///   to their place as they are decoded, so that a large photo is never held twice.
  public static func decode(
    _ bytes: [UInt8], name: String, orientation: Int = 1
  ) throws -> RGBImage {
    try bytes.withUnsafeBytes { try decode($0, name: name, orientation: orientation) }
  }

  /// The pixels of a file in memory; `name` is what errors call it.
  public static func decode(
    _ bytes: UnsafeRawBufferPointer, name: String, orientation: Int = 1
  ) throws -> RGBImage {
    let header = try Self.header(bytes, name: name)
    let (data, size) = try start(of: bytes, name: name)
    let turn = Orientation(orientation)
    let (width, height) = turn.size(Int(header.width), Int(header.height))
    let steps = turn.placement(Int(header.width), Int(header.height))
    let placement = rg_jpeg_placement(
      start: steps.start, row_step: steps.row, column_step: steps.column)
    return try RGBImage(width: width, height: height) { pixels in
      try call(name: name) { rg_jpeg_decode_rgb(data, size, header, placement, pixels, $0) }
    }
  }

  /// Width, height and components of a file, without decoding its pixels.
  ///
  /// - Throws: as `decode(path:)`, as far as the header shows it.
  public static func dimensions(path: String) throws -> Dimensions {
    try dimensions(FileBytes.read(path: path), name: path)
  }

  /// Width, height and components of a file in memory; `name` is what errors call it.
  public static func dimensions(_ bytes: [UInt8], name: String) throws -> Dimensions {
    let header = try bytes.withUnsafeBytes { try Self.header($0, name: name) }
    return Dimensions(
      width: Int(header.width), height: Int(header.height), components: Int(header.components))
  }

  private static func header(
    _ bytes: UnsafeRawBufferPointer, name: String
  ) throws -> rg_jpeg_header {
    let (data, size) = try start(of: bytes, name: name)
    var header = rg_jpeg_header()
    try call(name: name) { rg_jpeg_read_header(data, size, &header, $0) }
    return header
  }

  /// The bytes, which must at least start like a JPEG file.
  private static func start(
    of bytes: UnsafeRawBufferPointer, name: String
  ) throws -> (UnsafePointer<UInt8>, Int) {
    guard let data = bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count > 0 else {
      throw UserError("\(name): empty file (0 bytes)")
    }
    guard bytes.starts(with: [0xFF, 0xD8, 0xFF]) else {
      throw UserError(
        "\(name): not a JPEG file (it \(FileSignature.description(of: bytes)))",
        remedy: "convert it to JPEG")
    }
    return (data, bytes.count)
  }

  /// Runs one function of the shim and turns its status into an error.
  static func call(
    name: String, _ body: (UnsafeMutablePointer<CChar>) -> rg_jpeg_status
  ) throws {
    try withUnsafeTemporaryAllocation(
      of: CChar.self, capacity: Int(RG_JPEG_MESSAGE_LENGTH)
    ) { buffer in
      buffer.initialize(repeating: 0)
      guard let message = buffer.baseAddress else { return }
      let status = body(message)
      guard status != RG_JPEG_OK else { return }
      let detail = String(cString: message)
      switch status {
      case RG_JPEG_TRUNCATED:
        throw UserError("\(name): truncated JPEG (\(detail))", remedy: "copy the file again")
      case RG_JPEG_TOO_LARGE:
        throw UserError("\(name): JPEG of an impossible size (\(detail))")
      case RG_JPEG_NO_MEMORY:
        throw UserError("\(name): not enough memory for this JPEG")
      default:
        throw UserError("\(name): corrupt JPEG (\(detail))", remedy: "copy the file again")
      }
    }
  }
}
