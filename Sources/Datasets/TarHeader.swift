/// One 512-byte header block of a tar archive (POSIX.1-1988 `ustar`, GNU and the old V7 form).
struct TarHeader {
  /// What a header announces, as far as reading regular files needs it.
  enum Kind: Equatable {
    case file
    /// GNU's `L`: the data is the name of the next member.
    case longName
    /// pax `x`: the data holds records about the next member.
    case extended
    case other
  }

  static let blockSize = 512

  let kind: Kind
  let name: String
  /// Bytes of data after the header, not counting the padding to whole blocks.
  let size: Int

  /// A parsed block, or `nil` when its checksum or its size field is wrong.
  init?(_ block: ArraySlice<UInt8>) {
    let block = Array(block)
    guard block.count == Self.blockSize, Self.checksumHolds(block),
      let size = Self.number(block[124..<136]), size >= 0
    else { return nil }
    self.size = size
    switch block[156] {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): kind = .file
    case UInt8(ascii: "L"): kind = .longName
    case UInt8(ascii: "x"): kind = .extended
    default: kind = .other
    }
    let last = Self.text(block[0..<100])
    // Only the POSIX form (magic "ustar", NUL) has a prefix; GNU keeps other things there.
    let prefix = block[257..<263].elementsEqual("ustar\0".utf8) ? Self.text(block[345..<500]) : ""
    name = prefix.isEmpty ? last : "\(prefix)/\(last)"
  }

  /// The records `length key=value` of a pax header, or `nil` when they are malformed.
  static func extendedRecords(_ data: [UInt8]) -> [String: String]? {
    var records: [String: String] = [:]
    var rest = data[...]
    while let first = rest.first, first != 0 {
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
        let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
        length > space - rest.startIndex + 1, length <= rest.count
      else { return nil }
      let end = rest.startIndex + length
      let record = rest[(space + 1)..<end]
      guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "="))
      else { return nil }
      let key = String(decoding: record[..<equals], as: UTF8.self)
      records[key] = String(decoding: record[(equals + 1)..<(end - 1)], as: UTF8.self)
      rest = rest[end...]
    }
    return records
  }

  /// Text up to the first NUL.
  static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Octal digits, or GNU's big-endian binary where the first byte has its top bit set.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    if let first = field.first, first & 0x80 != 0 {
      var value = Int(first & 0x7F)
      for byte in field.dropFirst() {
        guard value < 1 << 54 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let digits = field.drop { $0 == UInt8(ascii: " ") }
      .prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
    return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
  }

  /// The sum of all bytes with the checksum field read as spaces; some old programs summed signed.
  private static func checksumHolds(_ block: [UInt8]) -> Bool {
    var unsigned = 0
    var signed = 0
    for (index, byte) in block.enumerated() {
      let byte = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
      unsigned += Int(byte)
      signed += Int(Int8(bitPattern: byte))
    }
    let stored = number(block[148..<156])
    return stored == unsigned || stored == signed
  }
}
