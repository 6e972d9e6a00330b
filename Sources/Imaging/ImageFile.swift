import Support

/// An encoded image, recognised by its content: JPEG, PNG, WebP or PPM, whatever its name.
public struct ImageFile: Sendable {
  /// What errors call it, e.g. its path.
  public let name: String
  /// As its first bytes say.
  public let format: ImageFormat
  private let bytes: [UInt8]

  /// - Throws: `UserError` naming the file when it is missing, empty, or none of the formats, saying
  ///   what it is where that is recognised.
  public init(path: String) throws {
    try self.init(FileBytes.read(path: path), name: path)
  }

  /// - Parameter name: what errors call it.
  /// - Throws: `UserError` when the bytes are empty or none of the formats.
  public init(_ bytes: [UInt8], name: String) throws {
    guard !bytes.isEmpty else { throw UserError("\(name): empty file (0 bytes)") }
    let format = bytes.withUnsafeBytes { ImageFormat(content: $0) }
    guard let format else {
      let kind = bytes.withUnsafeBytes { FileSignature.description(of: $0) }
      throw UserError(
        "\(name): not a \(ImageFormat.choiceText) file (it \(kind))",
        remedy: "convert it to one of them")
    }
    (self.name, self.format, self.bytes) = (name, format, bytes)
  }

  /// The EXIF orientation, 1...8, as Pillow's `ImageOps.exif_transpose` finds it; 1 (upright) where
  /// the file has none. PPM has none.
  public var orientation: Int {
    switch format {
    case .jpeg: JPEG.orientation(bytes)
    case .png: PNG.orientation(bytes)
    case .webp: WebP.orientation(bytes)
    case .ppm: 1
    }
  }

  /// The pixels as Pillow's `Image.open(path).convert("RGB")` gives them.
  ///
  /// - Parameter upright: turns them as the EXIF orientation says (`ImageOps.exif_transpose`).
  /// - Throws: `UserError` naming the file when it is truncated, corrupt, absurdly large, or of a
  ///   kind that is not supported.
  public func decode(upright: Bool = false) throws -> DecodedImage {
    let turn = upright ? orientation : 1
    switch format {
    case .jpeg: return try JPEG.decode(bytes, name: name, orientation: turn)
    case .png: return DecodedImage(try PNG.decode(bytes, name: name).oriented(turn))
    case .webp: return DecodedImage(try WebP.decode(bytes, name: name).oriented(turn))
    case .ppm: return DecodedImage(try PPM.decode(bytes, name: name))
    }
  }

  /// Width and height in pixels, without decoding them.
  ///
  /// - Parameter upright: those of the upright image.
  /// - Throws: as `decode(upright:)`, as far as the header shows it.
  public func size(upright: Bool = false) throws -> (width: Int, height: Int) {
    let stored: (width: Int, height: Int)
    switch format {
    case .jpeg:
      let size = try JPEG.dimensions(bytes, name: name)
      stored = (size.width, size.height)
    case .png: stored = try PNG.size(bytes, name: name)
    case .webp: stored = try WebP.size(bytes, name: name)
    case .ppm: stored = try PPM.size(bytes, name: name)
    }
    return upright ? Orientation(orientation).size(stored.width, stored.height) : stored
  }

  /// - Throws: `UserError` for more pixels than `Limits.pixels`, before memory for them is asked for.
  static func checkSize(_ width: Int, _ height: Int, name: String) throws {
    try Limits.pixels.check(width * height, "\(name): an image of \(width)×\(height)")
  }

  /// Width and height of the upright image in a file, for which the beginning of a JPEG is enough.
  ///
  /// - Throws: `UserError` as `init(path:)` and `size(upright:)`.
  public static func uprightSize(path: String) throws -> (width: Int, height: Int) {
    let start = try FileBytes.read(path: path, upTo: 1 << 18)
    let isEnough =
      start.count < 1 << 18
      || start.starts(with: [0xFF, 0xD8]) && JPEG.Metadata(start).isComplete
    return try ImageFile(isEnough ? start : FileBytes.read(path: path), name: path)
      .size(upright: true)
  }
}

/// The pixels of a file, and whether all of them were in it.
public struct DecodedImage: Sendable {
  /// The pixels, `[height, width, 3]`.
  public let image: RGBImage
  /// What is damaged, in libjpeg's words, e.g. `Corrupt JPEG data: premature end of data segment,
  /// near byte 800 of 1600`; `nil` for a sound file. The pixels still equal those of Pillow, which
  /// decodes such a file silently.
  public let damage: String?

  init(_ image: RGBImage, damage: String? = nil) {
    self.image = image
    self.damage = damage
  }
}

extension RGBImage {
  /// The pixels of an image file of any of the formats, as Pillow's
  /// `Image.open(path).convert("RGB")` gives them.
  ///
  /// - Throws: `UserError` as `ImageFile.init(path:)` and `ImageFile.decode(upright:)`.
  public init(path: String) throws { self = try ImageFile(path: path).decode().image }

  /// The pixels of an image file in memory; `name` is what errors call it.
  ///
  /// - Throws: `UserError` as `ImageFile.init(_:name:)` and `ImageFile.decode(upright:)`.
  public init(_ bytes: [UInt8], name: String) throws {
    self = try ImageFile(bytes, name: name).decode().image
  }

  /// The image as a file of the format.
  ///
  /// - Parameter quality: of a JPEG, 1 to 100; PNG and PPM keep every pixel.
  /// - Throws: `UserError` when the format cannot hold the image, or it is not written.
  public func encoded(as format: ImageFormat, quality: Int = 95) throws -> [UInt8] {
    switch format {
    case .jpeg: try JPEG.encode(self, quality: quality)
    case .png: try PNG.encode(self)
    case .webp: throw UserError("WebP is read, not written", remedy: "write PNG")
    case .ppm: PPM.encode(self)
    }
  }
}
