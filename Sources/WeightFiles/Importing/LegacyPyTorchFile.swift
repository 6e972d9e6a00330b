import Support

/// The format of `torch.save` before PyTorch 1.6: pickles of a magic number, a protocol version,
/// facts about the machine, the object and the storages' keys, then the storages, each an element
/// count and its raw bytes.
enum LegacyPyTorchFile {
  /// The pickled magic number 0x1950A86A20F9469CFC6C, little-endian, behind the opcode and length.
  private static let magic: [UInt8] = [
    0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]

  /// Whether the file starts as this format does, whatever the pickle protocol.
  static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let first = bytes.first, first == 0x80 else { return false }
    // Protocol 4 puts a frame (an opcode and eight bytes) in between.
    return [2, 11].contains { start in
      bytes.count >= start + magic.count
        && bytes[start..<start + magic.count].elementsEqual(magic)
    }
  }

  /// Finds the state dicts.
  ///
  /// - Throws: `UserError` when the file is damaged, holds something else, or asks for code.
  static func stateDicts(_ file: MappedFile) throws -> [StoredStateDict] {
    var reader = ByteReader(bytes: file.bytes, path: file.path)
    _ = try next(&reader)
    guard case .integer(1001) = try next(&reader).value else {
      throw UserError(
        "\(file.path): of another protocol than PyTorch's 1001", remedy: Unpickler.advice)
    }
    let machine = try next(&reader)
    var bigEndian = false
    if case .dictionary(let facts) = machine.value,
      case .bool(let little) = machine.heap.value("little_endian", in: facts)
    {
      bigEndian = !little
    }
    let object = try next(&reader)
    let keys = try next(&reader)
    let ranges = try storageRanges(&reader, object.heap, keys, bigEndian: bigEndian)
    let finder = TorchStateDict(heap: object.heap, file: file, bigEndian: bigEndian) { storage in
      ranges[storage.key]
    }
    return try finder.find(in: object.value)
  }

  private static func next(
    _ reader: inout ByteReader
  ) throws -> (value: PickleValue, heap: PickleHeap) {
    var unpickler = Unpickler(reader)
    let value = try unpickler.load()
    reader = unpickler.reader
    return (value, unpickler.heap)
  }

  /// Where the bytes of each storage lie.
  private static func storageRanges(
    _ reader: inout ByteReader, _ heap: PickleHeap, _ keys: (value: PickleValue, heap: PickleHeap),
    bigEndian: Bool
  ) throws -> [String: Range<Int>] {
    let sizes = Dictionary(heap.storages.map { ($0.key, $0.type.size) }) { first, _ in first }
    guard case .list(let list) = keys.value else { throw reader.truncated }
    var ranges: [String: Range<Int>] = [:]
    for key in keys.heap.sequences[list] {
      guard case .text(let name) = key, let size = sizes[name] else { throw reader.truncated }
      let raw = try reader.number(Int64.self)
      guard let count = Int(exactly: bigEndian ? raw.byteSwapped : raw) else {
        throw reader.truncated
      }
      let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw reader.truncated }
      let start = reader.position
      _ = try reader.read(bytes)
      ranges[name] = start..<start + bytes
    }
    return ranges
  }
}
