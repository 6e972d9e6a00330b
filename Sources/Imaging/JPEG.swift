import CJPEG
import Support

/// Reading and writing JPEG files with libjpeg.
public enum JPEG {
  /// The library that the program was built with, e.g. `libjpeg-turbo 2.1.5`.
  public static var libraryVersion: String { String(cString: rg_jpeg_library()) }

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
  ///
  /// Where Pillow decodes damaged data, so does this, to the same pixels, and says what is damaged.
  /// Only a progressive file without its last scans is refused where libjpeg would smooth over what is
  /// missing, as its versions do that differently.
  ///
  /// - Parameters:
  ///   - name: what errors call it.
  ///   - orientation: what `oriented(_:)` would be called with afterwards; here pixels go to their
  ///     place as they are decoded, so that a large photo is never held twice.
  /// - Throws: `UserError` naming the file when it is empty, not a JPEG, truncated, corrupt, absurdly
  ///   large, or of a kind that libjpeg does not read.
  public static func decode(
    _ bytes: [UInt8], name: String, orientation: Int = 1
  ) throws -> DecodedImage {
    try bytes.withUnsafeBytes { try decode($0, name: name, orientation: orientation) }
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, name: String, orientation: Int
  ) throws -> DecodedImage {
    let header = try Self.header(bytes, name: name)
    let (data, size) = try start(of: bytes, name: name)
    let turn = Orientation(orientation)
    let (width, height) = turn.size(Int(header.width), Int(header.height))
    let steps = turn.placement(Int(header.width), Int(header.height))
    let placement = rg_jpeg_placement(
      start: steps.start, row_step: steps.row, column_step: steps.column)
    var damage = ""
    let image = try RGBImage(width: width, height: height) { pixels in
      damage = try call(name: name) {
        rg_jpeg_decode_rgb(data, size, header, placement, pixels, $0)
      }
    }
    return DecodedImage(image, damage: damage.isEmpty ? nil : damage)
  }

  /// Width, height and components of a file, without decoding its pixels.
  ///
  /// - Parameter name: what errors call it.
  /// - Throws: as `decode(_:name:orientation:)`, as far as the header shows it.
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
    try ImageFile.checkSize(Int(header.width), Int(header.height), name: name)
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
  ///
  /// - Returns: its warnings; empty for none.
  @discardableResult
  static func call(
    name: String, _ body: (UnsafeMutablePointer<CChar>) -> rg_jpeg_status
  ) throws -> String {
    let (status, detail) = withShimMessage(length: Int(RG_JPEG_MESSAGE_LENGTH), body)
    guard status == RG_JPEG_OK else { throw failure(status, name: name, detail) }
    return detail
  }

  private static func failure(
    _ status: rg_jpeg_status, name: String, _ detail: String
  ) -> UserError {
    let remedy = "copy the file again"
    return switch status {
    case RG_JPEG_TRUNCATED: UserError("\(name): truncated JPEG (\(detail))", remedy: remedy)
    case RG_JPEG_INCOMPLETE:
      UserError(
        "\(name): incomplete progressive JPEG, its last scans are missing (\(detail))",
        remedy: remedy)
    case RG_JPEG_UNSUPPORTED:
      UserError(
        "\(name): a kind of JPEG that is not supported (\(detail))",
        remedy: "convert it to an ordinary JPEG or to PNG")
    case RG_JPEG_TOO_LARGE: UserError("\(name): JPEG of an impossible size (\(detail))")
    case RG_JPEG_NO_MEMORY: UserError("\(name): not enough memory for this JPEG")
    default: UserError("\(name): corrupt JPEG (\(detail))", remedy: remedy)
    }
  }
}
