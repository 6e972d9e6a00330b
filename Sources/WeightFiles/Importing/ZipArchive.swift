import Support
import SystemZlib

/// The table of contents of a zip archive whose entries are stored without compression, as
/// `torch.save` writes them. Sizes come from the central directory, so it does not matter whether
/// local headers hold them or data descriptors do; ZIP64 is read.
///
/// Format: PKWARE APPNOTE.TXT 6.3, sections 4.3 and 4.5.3.
final class ZipArchive {
  /// Where the bytes of an entry lie in the file, and their CRC-32.
  private struct Entry {
    let range: Range<Int>
    let checksum: UInt32
    /// Neither compressed nor encrypted.
    let isPlain: Bool
  }

  private var entries: [String: Entry] = [:]
  /// The entries whose bytes were compared with their checksum.
  private var verified: Set<String> = []
  /// Whether any entry has a checksum: `torch.serialization.set_crc32_options(False)` makes archives
  /// whose checksums are all 0.
  private var hasChecksums = false
  private let file: MappedFile
  private var path: String { file.path }

  /// The names of the entries.
  var names: some Collection<String> { entries.keys }

  /// - Throws: `UserError` when the archive is truncated or damaged.
  init(_ file: MappedFile) throws {
    self.file = file
    let bytes = file.bytes
    guard let end = Self.endRecord(bytes) else { throw damaged }
    var reader = ByteReader(bytes: bytes, path: path, position: end + 10)
    var count = try reader.count(UInt16.self)
    var size = try reader.count(UInt32.self)
    var start = try reader.count(UInt32.self)
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF, end >= 20 {
      var locator = ByteReader(bytes: bytes, path: path, position: end - 20)
      if try locator.number(UInt32.self) == 0x0706_4B50 {
        _ = try locator.read(4)
        let record = try locator.count(UInt64.self)
        guard record <= bytes.count else { throw damaged }
        var large = ByteReader(bytes: bytes, path: path, position: record)
        guard try large.number(UInt32.self) == 0x0606_4B50 else { throw damaged }
        _ = try large.read(28)
        count = try large.count(UInt64.self)
        size = try large.count(UInt64.self)
        start = try large.count(UInt64.self)
      }
    }
    guard start <= bytes.count, size <= bytes.count - start else { throw damaged }
    var directory = ByteReader(
      bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<start + size]), path: path)
    for _ in 0..<count { try readEntry(&directory, of: bytes) }
  }

  /// One entry of the central directory.
  private func readEntry(
    _ directory: inout ByteReader, of bytes: UnsafeRawBufferPointer
  ) throws {
    guard try directory.number(UInt32.self) == 0x0201_4B50 else { throw damaged }
    _ = try directory.read(4)
    let flags = try directory.number(UInt16.self)
    let method = try directory.number(UInt16.self)
    _ = try directory.read(4)
    let checksum = try directory.number(UInt32.self)
    var stored = try directory.count(UInt32.self)
    var size = try directory.count(UInt32.self)
    let nameLength = try directory.count(UInt16.self)
    let extraLength = try directory.count(UInt16.self)
    let commentLength = try directory.count(UInt16.self)
    _ = try directory.read(8)
    var header = try directory.count(UInt32.self)
    let name = String(decoding: try directory.read(nameLength), as: UTF8.self)
    var extra = ByteReader(bytes: try directory.read(extraLength), path: path)
    _ = try directory.read(commentLength)
    while extra.remaining >= 4 {
      let identifier = try extra.number(UInt16.self)
      var field = ByteReader(bytes: try extra.read(try extra.count(UInt16.self)), path: path)
      guard identifier == 1 else { continue }
      // ZIP64: only those numbers that did not fit, in this order.
      if size == 0xFFFF_FFFF { size = try field.count(UInt64.self) }
      if stored == 0xFFFF_FFFF { stored = try field.count(UInt64.self) }
      if header == 0xFFFF_FFFF { header = try field.count(UInt64.self) }
    }
    guard header <= bytes.count else { throw damaged }
    var local = ByteReader(bytes: bytes, path: path, position: header)
    guard try local.number(UInt32.self) == 0x0403_4B50 else { throw damaged }
    _ = try local.read(22)
    let localName = try local.count(UInt16.self)
    let localExtra = try local.count(UInt16.self)
    guard String(decoding: try local.read(localName), as: UTF8.self) == name else {
      throw UserError(
        "\(path): damaged zip archive (the entry at byte \(header) has another name than "
          + "\(name.printable), as its directory has it)", remedy: "copy or download it again")
    }
    _ = try local.read(localExtra)
    guard stored <= local.remaining else { throw damaged }
    entries[name] = Entry(
      range: local.position..<local.position + stored, checksum: checksum,
      isPlain: method == 0 && flags & 1 == 0 && stored == size)
    hasChecksums = hasChecksums || checksum != 0
  }

  /// Where the bytes of an entry lie in the file, once they have been compared with their CRC-32; `nil`
  /// when there is no such entry.
  ///
  /// - Throws: `UserError` naming the entry and its place when the bytes are damaged, or when they are
  ///   compressed.
  func verifiedRange(_ name: String) throws -> Range<Int>? {
    guard let entry = entries[name] else { return nil }
    guard entry.isPlain else {
      throw UserError(
        "\(path): holds compressed or encrypted entries, which torch.save never writes",
        remedy: "load it in PyTorch and save its state_dict() again")
    }
    guard hasChecksums, verified.insert(name).inserted else { return entry.range }
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[entry.range])
      .bindMemory(to: UInt8.self)
    guard UInt32(truncatingIfNeeded: crc32_z(0, bytes.baseAddress, bytes.count)) == entry.checksum
    else {
      throw UserError(
        "\(path): damaged: the CRC-32 of its entry \(name.printable) (bytes "
          + "\(entry.range.lowerBound) to \(entry.range.upperBound)) is wrong",
        remedy: "copy or download it again")
    }
    return entry.range
  }

  /// Where the end of central directory record starts: the last 22 bytes, or further up when the
  /// archive has a comment.
  private static func endRecord(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var start = bytes.count - 22
    let lowest = max(0, start - 0xFFFF)
    while start >= lowest {
      if UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
        == 0x0605_4B50
      {
        return start
      }
      start -= 1
    }
    return nil
  }

  private var damaged: UserError {
    UserError("\(path): truncated or damaged zip archive", remedy: "copy or download it again")
  }
}
