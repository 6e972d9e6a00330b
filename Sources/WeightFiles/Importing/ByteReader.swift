import Support

/// Reads little-endian numbers and stretches of bytes one after the other, never past the end.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer
  /// The file's path, for messages.
  let path: String
  /// Where the next read starts.
  var position = 0

  var remaining: Int { bytes.count - position }

  /// The next `count` bytes.
  ///
  /// - Throws: `UserError` when there are fewer.
  mutating func read(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else { throw truncated }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// The next byte.
  mutating func byte() throws -> UInt8 {
    guard remaining > 0 else { throw truncated }
    defer { position += 1 }
    return bytes[position]
  }

  /// The next little-endian number.
  mutating func number<Number: FixedWidthInteger>(_: Number.Type) throws -> Number {
    let memory = try read(MemoryLayout<Number>.size)
    return Number(littleEndian: memory.loadUnaligned(as: Number.self))
  }

  /// A little-endian number that must fit a byte count.
  mutating func count<Number: FixedWidthInteger>(_: Number.Type) throws -> Int {
    guard let count = Int(exactly: try number(Number.self)), count >= 0 else { throw truncated }
    return count
  }

  /// The text up to the next line feed, which is skipped.
  mutating func line() throws -> String {
    guard let end = bytes[position...].firstIndex(of: 0x0A) else { throw truncated }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  var truncated: UserError {
    UserError("\(path): truncated or damaged", remedy: "copy or download it again")
  }
}
