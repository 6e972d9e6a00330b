extension JPEG {
  /// The EXIF orientation, 1...8; 1 (upright) when the file has none or it cannot be read.
  /// `decode(_:name:orientation:)` and `RGBImage.oriented(_:)` turn the pixels accordingly.
  public static func orientation(_ bytes: [UInt8]) -> Int {
    var at = 2
    guard bytes.starts(with: [0xFF, 0xD8]) else { return 1 }
    while at + 4 <= bytes.count, bytes[at] == 0xFF {
      let marker = bytes[at + 1]
      if marker == 0xFF {  // filling
        at += 1
        continue
      }
      if marker == 0xDA || marker == 0xD9 { return 1 }  // the scan or the end: no EXIF before
      let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
      let end = min(at + 2 + length, bytes.count)
      let content = bytes[min(at + 4, end)..<end]
      if marker == 0xE1, content.starts(with: Array("Exif\0\0".utf8)) {
        return ExifReader(bytes: Array(content.dropFirst(6)))?.orientation ?? 1
      }
      at += 2 + max(length, 2)
    }
    return 1
  }
}

/// Just enough of a TIFF header to find one tag of its first directory.
private struct ExifReader {
  let bytes: [UInt8]
  let littleEndian: Bool

  init?(bytes: [UInt8]) {
    switch bytes.prefix(2) {
    case [0x49, 0x49]: littleEndian = true
    case [0x4D, 0x4D]: littleEndian = false
    default: return nil
    }
    self.bytes = bytes
  }

  /// Tag 0x0112 as a SHORT (or LONG) of 1...8.
  var orientation: Int? {
    guard let directory = number(at: 4, size: 4), let count = number(at: directory, size: 2) else {
      return nil
    }
    for index in 0..<count {
      let entry = directory + 2 + index * 12
      guard let tag = number(at: entry, size: 2) else { return nil }
      guard tag == 0x0112 else { continue }
      let isLong = number(at: entry + 2, size: 2) == 4
      guard let value = number(at: entry + 8, size: isLong ? 4 : 2) else { return nil }
      return (1...8).contains(value) ? value : nil
    }
    return nil
  }

  private func number(at offset: Int, size: Int) -> Int? {
    guard offset >= 0, offset + size <= bytes.count else { return nil }
    let field = bytes[offset..<offset + size]
    return (littleEndian ? Array(field.reversed()) : Array(field)).reduce(0) { $0 << 8 | Int($1) }
  }
}
