/// Names the kind of a file in an unsupported format.
enum FileSignature {
  /// Starts of files at an offset, the more special first.
  private static let known: [(offset: Int, start: [UInt8], name: String)] = [
    (0, [0x89, 0x50, 0x4E, 0x47], "a PNG image"),
    (0, [0xFF, 0xD8, 0xFF], "a JPEG image"),
    (0, text("P6"), "a PPM image"),
    (8, text("WEBP"), "a WebP image"),
    (0, text("GIF8"), "a GIF image"),
    (0, [0x49, 0x49, 0x2A, 0], "a TIFF image"), (0, [0x4D, 0x4D, 0, 0x2A], "a TIFF image"),
    (0, [0x49, 0x49, 0x2B, 0], "a TIFF image"), (0, [0x4D, 0x4D, 0, 0x2B], "a TIFF image"),
    (4, text("ftypavif"), "an AVIF image"), (4, text("ftypavis"), "an AVIF image"),
    (4, text("ftyphei"), "a HEIC image"), (4, text("ftyphev"), "a HEIC image"),
    (4, text("ftypmif1"), "a HEIC or AVIF image"), (4, text("ftypmsf1"), "a HEIC or AVIF image"),
    (4, text("ftypcrx"), "a CR3 raw image"), (4, text("ftyp"), "a video (MP4 or QuickTime)"),
    (4, text("JXL "), "a JPEG XL image"), (0, [0xFF, 0x0A], "a JPEG XL image"),
    (4, text("jP  "), "a JPEG 2000 image"), (0, [0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 image"),
    (0, text("BM"), "a BMP image"), (0, text("8BPS"), "a Photoshop image"),
    (0, [0, 0, 1, 0], "an icon (ICO)"), (0, [0x76, 0x2F, 0x31, 0x01], "an OpenEXR image"),
    (0, text("qoif"), "a QOI image"), (0, text("DDS "), "a DDS image"),
    (0, text("FUJIFILMCCD-RAW"), "a Fujifilm raw image"),
    (0, text("P1"), "a PBM image"), (0, text("P2"), "a PGM image"), (0, text("P3"), "a text PPM"),
    (0, text("P4"), "a PBM image"), (0, text("P5"), "a PGM image"), (0, text("P7"), "a PAM image"),
    (0, text("Pf"), "a PFM image"), (0, text("PF"), "a PFM image"),
    (0, text("%PDF"), "a PDF document"), (0, text("%!PS"), "a PostScript document"),
    (0, text("version https://git-lfs"), "a pointer of Git LFS, whose file git lfs pull fetches"),
    (0, [0x1F, 0x8B], "a gzip archive"), (0, text("PK"), "a zip archive"),
    (257, text("ustar"), "a tar archive"), (0, [0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
    (0, [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy array"),
  ]

  private static func text(_ string: String) -> [UInt8] { Array(string.utf8) }

  /// For example `is a WebP image`, or `starts with 01 02 03 04` for what is not known.
  static func description(of bytes: UnsafeRawBufferPointer) -> String {
    if let kind = kind(of: bytes) { return "is \(kind)" }
    let first = bytes.prefix(4).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return digits.count == 1 ? "0" + digits : digits
    }
    return "starts with \(first.joined(separator: " "))"
  }

  private static func kind(of bytes: UnsafeRawBufferPointer) -> String? {
    if bytes.allSatisfy({ $0 == 0 }) { return "nothing but zeros" }
    return markup(bytes)
      ?? known.first { bytes.dropFirst($0.offset).starts(with: $0.start) }?.name
  }

  /// SVG, HTML and XML, after white space and a byte order mark.
  private static func markup(_ bytes: UnsafeRawBufferPointer) -> String? {
    let start = String(decoding: bytes.prefix(1024), as: UTF8.self).lowercased()
      .drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    guard start.hasPrefix("<") else { return nil }
    if start.contains("<svg") { return "an SVG drawing" }
    return start.hasPrefix("<?xml") ? "an XML document" : "a web page"
  }
}
