extension Orientation {
  /// What a file's metadata say of its orientation, 1...8, as Pillow 13's `getexif` and
  /// `exif_transpose` take it: EXIF's tag wins over XMP's, even with a value that is no
  /// orientation; 1 (upright) without either, and for EXIF that cannot be read.
  ///
  /// - Parameters:
  ///   - exif: a TIFF header and its directory, after `Exif\0\0` (once, twice or not at all).
  ///   - xmp: the packet's text.
  static func number(exif: [UInt8]?, xmp: [UInt8]?) -> Int {
    switch exif.map(EXIFOrientation.init) ?? .absent {
    case .unreadable: 1
    case .value(let number): number
    case .absent: xmp.flatMap(numberInXMP) ?? 1
    }
  }

  /// The digit of the first `tiff:Orientation="6"` or `<tiff:Orientation>6`.
  private static func numberInXMP(_ text: [UInt8]) -> Int? {
    let name = Array("tiff:Orientation".utf8)
    for start in text.indices where text[start] == name[0] && text[start...].starts(with: name) {
      let rest = text[(start + name.count)...]
      for opening in ["=\"", ">"].map({ Array($0.utf8) }) where rest.starts(with: opening) {
        guard let digit = rest.dropFirst(opening.count).first, (0x30...0x39).contains(digit) else {
          continue
        }
        return (1...8).contains(digit - 0x30) ? Int(digit - 0x30) : 1
      }
    }
    return nil
  }
}

/// Just enough of a TIFF reader to find one tag of the first directory.
private enum EXIFOrientation {
  /// Not a TIFF header.
  case unreadable
  /// The directory has no such tag, or ends before it.
  case absent
  /// The tag's value, 1 where that is not an orientation.
  case value(Int)

  private static let tag = 0x0112

  init(_ exif: [UInt8]) {
    let prefix = Array("Exif\0\0".utf8)
    var bytes = exif[...]
    for _ in 0..<2 where bytes.starts(with: prefix) { bytes = bytes.dropFirst(prefix.count) }
    guard !bytes.isEmpty else {
      self = .absent
      return
    }
    guard let reader = TIFFReader(Array(bytes)) else {
      self = .unreadable
      return
    }
    guard let number = reader.firstValue(of: Self.tag) else {
      self = .absent
      return
    }
    self = .value((2...8).first { Double($0) == number } ?? 1)
  }
}

/// The first directory of a TIFF header, read as leniently as Pillow does.
private struct TIFFReader {
  /// Stands for a value that cannot be an orientation, such as text.
  private static let noNumber = -1.0

  private let bytes: [UInt8]
  private let isLittleEndian: Bool
  private let directory: Int

  /// `nil` for anything that does not start as TIFF does, with the version's bytes in either order.
  init?(_ bytes: [UInt8]) {
    let (little, big) = ([0x49, 0x49] as [UInt8], [0x4D, 0x4D] as [UInt8])
    let known = [
      little + [0x2A, 0], little + [0, 0x2A], big + [0, 0x2A], big + [0x2A, 0],
      // BigTIFF's version, but with 32-bit offsets behind it; Pillow reads it so.
      big + [0, 0x2B],
    ]
    guard bytes.count >= 8, known.contains(Array(bytes.prefix(4))) else { return nil }
    self.bytes = bytes
    isLittleEndian = bytes[0] == little[0]
    directory = Self.number(bytes[4..<8], isLittleEndian)
  }

  /// The first number of a tag; `nil` when the directory has no such tag, ends before it, or names
  /// data beyond the end before it.
  func firstValue(of wanted: Int) -> Double? {
    guard let count = field(at: directory, size: 2) else { return nil }
    var claimed = 0
    for index in 0..<count {
      let entry = directory + 2 + index * 12
      guard entry + 12 <= bytes.count, let tag = field(at: entry, size: 2),
        let type = field(at: entry + 2, size: 2), let values = field(at: entry + 4, size: 4),
        let offset = field(at: entry + 8, size: 4)
      else { return nil }
      guard let unit = Self.sizes[type] else { continue }
      let size = values * unit
      var place = entry + 8
      if size > 4 {
        claimed += size
        if claimed > bytes.count { continue }
        guard offset + size <= bytes.count else { return nil }
        place = offset
      }
      if size > 0, tag == wanted { return number(at: place, type: type) }
    }
    return nil
  }

  /// Bytes of a value, by TIFF's number of its type.
  private static let sizes = [
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
  ]

  private func number(at place: Int, type: Int) -> Double {
    func unsigned(_ offset: Int, _ size: Int) -> UInt64 {
      let field = bytes[place + offset..<place + offset + size]
      return UInt64(bitPattern: Int64(Self.number(field, isLittleEndian)))
    }
    func signed(_ offset: Int) -> Double {
      Double(Int32(truncatingIfNeeded: unsigned(offset, 4)))
    }
    switch type {
    case 3, 8: return Double(unsigned(0, 2))
    case 4, 9, 13: return Double(unsigned(0, 4))
    case 5: return Double(unsigned(0, 4)) / Double(unsigned(4, 4))
    case 10: return signed(0) / signed(4)
    case 6: return Double(unsigned(0, 1))
    case 11: return Double(Float(bitPattern: UInt32(unsigned(0, 4))))
    case 12: return Double(bitPattern: unsigned(0, 8))
    case 16: return Double(unsigned(0, 8))
    default: return Self.noNumber  // bytes and text, which equal no number
    }
  }

  private func field(at offset: Int, size: Int) -> Int? {
    guard offset + size <= bytes.count else { return nil }
    return Self.number(bytes[offset..<offset + size], isLittleEndian)
  }

  private static func number(_ field: ArraySlice<UInt8>, _ isLittleEndian: Bool) -> Int {
    (isLittleEndian ? Array(field.reversed()) : Array(field)).reduce(0) { $0 << 8 | Int($1) }
  }
}
