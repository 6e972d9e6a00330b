extension JPEG {
  /// The EXIF orientation, 1...8, from EXIF or XMP as Pillow's `exif_transpose` finds it; 1
  /// (upright) when the file has none or it cannot be read. `decode(_:name:orientation:)` and
  /// `RGBImage.oriented(_:)` turn the pixels accordingly.
  public static func orientation(_ bytes: [UInt8]) -> Int {
    let metadata = Metadata(bytes)
    return Orientation.number(exif: metadata.exif, xmp: metadata.xmp)
  }

  /// What the segments before the first scan say, found as leniently as the pixels are: stray bytes
  /// and filling between segments are passed over.
  struct Metadata {
    /// EXIF's segments, joined as Pillow joins them.
    private(set) var exif: [UInt8]?
    /// The last XMP packet.
    private(set) var xmp: [UInt8]?
    /// Whether the first scan was reached, so that nothing more can come.
    private(set) var isComplete = false

    init(_ bytes: [UInt8]) {
      var at = 2
      while let marker = Self.nextMarker(in: bytes, &at) {
        if marker == 0xDA {
          isComplete = true
          return
        }
        guard !Self.standsAlone(marker) else { continue }
        guard at + 2 <= bytes.count else { return }
        let end = at + max(Int(bytes[at]) << 8 | Int(bytes[at + 1]), 2)
        guard end <= bytes.count else { return }
        if marker == 0xE1 { add(bytes[at + 2..<end]) }
        at = end
      }
    }

    /// The code of the next marker, and the place behind it.
    private static func nextMarker(in bytes: [UInt8], _ at: inout Int) -> UInt8? {
      while at + 1 < bytes.count {
        let (byte, next) = (bytes[at], bytes[at + 1])
        guard byte == 0xFF else {
          at += 1
          continue
        }
        // FF FF: filling; the second may begin a marker. FF 00: a stray byte.
        at += next == 0xFF ? 1 : 2
        if next != 0, next != 0xFF { return next }
      }
      return nil
    }

    /// Markers that no segment follows: TEM, RST, SOI, EOI and JPEG's reserved ones.
    private static func standsAlone(_ marker: UInt8) -> Bool {
      marker < 0xC0 || marker == 0xC8 || (0xD0...0xD9).contains(marker)
        || (0xF0...0xFD).contains(marker)
    }

    private mutating func add(_ content: ArraySlice<UInt8>) {
      if content.starts(with: Array("Exif\0\0".utf8)) {
        exif = exif.map { $0 + content.dropFirst(6) } ?? Array(content)
      } else if content.starts(with: Array("http://ns.adobe.com/xap/1.0/\0".utf8)) {
        xmp = Array(content.dropFirst(29))
      }
    }
  }
}
