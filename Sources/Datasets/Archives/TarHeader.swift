/// One 512-byte header block of a tar archive (POSIX.1-1988 `ustar`, GNU and the old V7 form).
struct TarHeader {
  /// What a header announces.
  enum Kind: Equatable {
    case file
    case folder
    /// Another name of a member that came before.
    case hardLink
    case symbolicLink
    /// A file whose holes are not stored; more blocks of its map follow where `isExtended`.
    case sparse(isExtended: Bool)
    /// GNU's `L`: the data is the name of the next member.
    case longName
    /// GNU's `K`: the data is the target of the next member, a link.
    case longLink
    /// pax `x`: the data holds records about the next member.
    case extended
    /// Says something of the archive: pax `g`, GNU's volume label.
    case remark
    /// Anything else, in words.
    case other(String)
  }

  static let blockSize = 512

  let kind: Kind
  let name: String
  /// Where a link leads.
  let target: String
  /// What the size field says, bytes.
  let size: Int
  /// Whether data follows the header. It does not after links, folders, devices and pipes, whatever
  /// their size field says.
  let hasData: Bool

  /// A parsed block, or `nil` when its checksum or its size field is wrong.
  init?(_ block: ArraySlice<UInt8>) {
    let block = Array(block)
    guard block.count == Self.blockSize, Self.checksumHolds(block),
      let size = Self.number(block[124..<136]), size >= 0
    else { return nil }
    self.size = size
    let last = Self.text(block[0..<100])
    // Only the POSIX form (magic "ustar", NUL) has a prefix; GNU keeps other things there.
    let prefix = block[257..<263].elementsEqual("ustar\0".utf8) ? Self.text(block[345..<500]) : ""
    name = prefix.isEmpty ? last : "\(prefix)/\(last)"
    target = Self.text(block[157..<257])
    kind = Self.kind(block, isFolder: name.hasSuffix("/"))
    hasData = !"123456".utf8.contains(block[156])
  }

  private static func kind(_ block: [UInt8], isFolder: Bool) -> Kind {
    switch Character(Unicode.Scalar(block[156])) {
    // The old form knows a folder by its name alone.
    case "\0", "0", "7": isFolder ? .folder : .file
    case "1": .hardLink
    case "2": .symbolicLink
    case "3", "4": .other("a device")
    case "5", "D": .folder
    case "6": .other("a named pipe")
    case "S": .sparse(isExtended: block[482] != 0)
    case "M": .other("a part of a file that began in another volume")
    case "L": .longName
    case "K": .longLink
    case "x", "X": .extended
    case "g", "V": .remark
    case let letter: .other("of the unknown kind \"\(letter)\"")
    }
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
