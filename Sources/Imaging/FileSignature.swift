/// What a file that should be an image starts with, in words.
enum FileSignature {
  private static let known: [(start: [UInt8], name: String)] = [
    ([0x89, 0x50, 0x4E, 0x47], "a PNG image"), (Array("GIF8".utf8), "a GIF image"),
    (Array("BM".utf8), "a BMP image"), (Array("RIFF".utf8), "perhaps a WebP image"),
    ([0x49, 0x49, 0x2A, 0x00], "a TIFF image"), ([0x4D, 0x4D, 0x00, 0x2A], "a TIFF image"),
    (Array("%PDF".utf8), "a PDF document"), (Array("<".utf8), "perhaps a web page"),
    (Array("P6".utf8), "a PPM image"), ([0x1F, 0x8B], "a gzip archive"),
    (Array("PK".utf8), "a zip archive"),
  ]

  /// For example `starts with 89 50 4E 47, a PNG image`.
  static func description(of bytes: UnsafeRawBufferPointer) -> String {
    let first = bytes.prefix(4).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return digits.count == 1 ? "0" + digits : digits
    }
    let kind = known.first { bytes.starts(with: $0.start) }
    return "starts with \(first.joined(separator: " "))" + (kind.map { ", \($0.name)" } ?? "")
  }
}
