import Support

/// Portable pixmaps (binary, `P6`, 8 bits a channel): the simplest files that image viewers open.
public enum PPM {
  /// The image as a PPM file, the same bytes as Pillow's.
  public static func encode(_ image: RGBImage) -> [UInt8] {
    Array("P6\n\(image.width) \(image.height)\n255\n".utf8) + image.pixels
  }

  /// The pixels of a PPM file.
  ///
  /// - Parameter name: what errors call it.
  /// - Throws: `UserError` naming the file when it is empty, not a binary PPM of 8 bits a channel, or
  ///   truncated.
  public static func decode(_ bytes: [UInt8], name: String) throws -> RGBImage {
    let header = try Header(bytes, name: name)
    let expected = header.width * header.height * 3
    let available = max(bytes.count - header.end, 0)
    guard available >= expected else {
      throw UserError(
        "\(name): truncated PPM (\(available) bytes of pixels, \(expected) expected)",
        remedy: "copy the file again")
    }
    return RGBImage(
      checkedWidth: header.width, height: header.height,
      pixels: Array(bytes[header.end..<header.end + expected]))
  }

  /// Width and height in pixels.
  static func size(_ bytes: [UInt8], name: String) throws -> (width: Int, height: Int) {
    let header = try Header(bytes, name: name)
    return (header.width, header.height)
  }

  private struct Header {
    let width: Int
    let height: Int
    /// Where the pixels begin.
    let end: Int

    init(_ bytes: [UInt8], name: String) throws {
      guard !bytes.isEmpty else { throw UserError("\(name): empty file (0 bytes)") }
      guard bytes.starts(with: Array("P6".utf8)) else {
        let kind = bytes.withUnsafeBytes { FileSignature.description(of: $0) }
        throw UserError("\(name): not a binary PPM file (it \(kind))")
      }
      var at = 2
      let fields = (0..<3).map { _ in number(in: bytes, at: &at) }
      guard let width = fields[0], let height = fields[1], let maximum = fields[2],
        width > 0, height > 0
      else {
        throw UserError("\(name): corrupt PPM (its header names no width, height and maximum)")
      }
      guard maximum == 255 else {
        throw UserError(
          "\(name): PPM with a maximum of \(maximum)", remedy: "convert it to a maximum of 255")
      }
      try ImageFile.checkSize(width, height, name: name)
      // One white space ends the header.
      (self.width, self.height, end) = (width, height, at + 1)
    }
  }

  /// The next decimal number of at most 7 digits, after white space and comments.
  private static func number(in bytes: [UInt8], at position: inout Int) -> Int? {
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "#") {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      } else if [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D].contains(bytes[position]) {
        position += 1
      } else {
        break
      }
    }
    var value: Int?
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      let next = (value ?? 0) * 10 + Int(bytes[position] - 0x30)
      guard next < 10_000_000 else { return nil }
      value = next
      position += 1
    }
    return value
  }
}
