import Support

/// Reads a pickle (protocols 0 to 5) as far as PyTorch's state dicts use it. It runs nothing: a
/// pickle that asks for any other name than those of `PickleGlobal` is refused.
///
/// Opcodes: CPython, `Lib/pickletools.py`.
struct Unpickler {
  var reader: ByteReader
  var heap = PickleHeap()
  var stack: [PickleValue] = []
  /// Where the open marks stand in the stack.
  var marks: [Int] = []
  var memo: [Int: PickleValue] = [:]
  /// How many entries `OrderedDict` calls have copied.
  var copied = 0

  init(_ reader: ByteReader) { self.reader = reader }

  /// Reads one pickle from the reader's position to behind its end.
  ///
  /// - Throws: `UserError` when it is truncated, malformed, or asks for what it must not.
  mutating func load() throws -> PickleValue {
    let end = reader.position + Self.byteLimit
    while true {
      guard reader.position < end else {
        throw UserError(
          "\(reader.path): its pickle exceeds 8 MiB; refused", remedy: Self.advice)
      }
      let opcode = try reader.byte()
      if opcode == UInt8(ascii: ".") { return try pop() }
      guard try scalar(opcode) || container(opcode) || object(opcode) else {
        throw UserError(
          "\(reader.path): its pickle uses the operation 0x\(String(opcode, radix: 16)), which no "
            + "state dict needs; refused", remedy: Self.advice)
      }
    }
  }

  /// The pickle of a state dict takes about 100 bytes a tensor; the numbers lie outside it.
  static let byteLimit = 8 << 20

  static let advice = "save the network's state_dict() alone with torch.save"

  // MARK: - Stack

  mutating func pop() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw malformed }
    return value
  }

  func top() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else { throw malformed }
    return value
  }

  mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast(), mark <= stack.count else { throw malformed }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  mutating func pushSequence(
    _ values: [PickleValue], as make: (Int) -> PickleValue
  ) {
    heap.sequences.append(values)
    stack.append(make(heap.sequences.count - 1))
  }

  mutating func pushDictionary(_ flat: [PickleValue]) throws {
    heap.dictionaries.append([])
    try fill(heap.dictionaries.count - 1, with: flat)
    stack.append(.dictionary(heap.dictionaries.count - 1))
  }

  mutating func fill(_ dictionary: Int, with flat: [PickleValue]) throws {
    guard flat.count.isMultiple(of: 2) else { throw malformed }
    for index in stride(from: 0, to: flat.count, by: 2) {
      heap.dictionaries[dictionary].append((flat[index], flat[index + 1]))
    }
  }

  var malformed: UserError {
    UserError("\(reader.path): its pickle is damaged", remedy: "copy or download it again")
  }

  // MARK: - Opcodes

  /// Numbers, texts, and other operations that build no container. Returns whether it was one.
  private mutating func scalar(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case 0x80: _ = try reader.byte()  // PROTO
    case 0x95: _ = try reader.read(8)  // FRAME
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "J"): stack.append(.integer(Int(try reader.number(Int32.self))))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.byte())))
    case UInt8(ascii: "M"): stack.append(.integer(Int(try reader.number(UInt16.self))))
    case 0x8A: stack.append(long(try reader.read(Int(try reader.byte()))))
    case 0x8B: stack.append(long(try reader.read(try reader.count(Int32.self))))
    case UInt8(ascii: "G"):
      let bits = UInt64(bigEndian: try reader.read(8).loadUnaligned(as: UInt64.self))
      stack.append(.real(Double(bitPattern: bits)))
    case UInt8(ascii: "I"): stack.append(try integerLine())
    case UInt8(ascii: "L"): stack.append(try integerLine())
    case UInt8(ascii: "F"):
      guard let number = Double(try reader.line()) else { throw malformed }
      stack.append(.real(number))
    case UInt8(ascii: "V"): stack.append(.text(try reader.line()))
    case UInt8(ascii: "U"), 0x8C: try pushText(Int(try reader.byte()))
    case UInt8(ascii: "T"): try pushText(try reader.count(Int32.self))
    case UInt8(ascii: "X"): try pushText(try reader.count(UInt32.self))
    case 0x8D: try pushText(try reader.count(UInt64.self))
    case UInt8(ascii: "C"): try pushBytes(Int(try reader.byte()))
    case UInt8(ascii: "B"): try pushBytes(try reader.count(UInt32.self))
    case 0x8E, 0x96: try pushBytes(try reader.count(UInt64.self))
    default: return false
    }
    return true
  }

  /// Tuples, lists, dictionaries, marks and the memo.
  private mutating func container(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())
    case UInt8(ascii: ")"): pushSequence([], as: PickleValue.tuple)
    case UInt8(ascii: "t"): pushSequence(try popToMark(), as: PickleValue.tuple)
    case 0x85, 0x86, 0x87: try pushTuple(Int(opcode - 0x84))
    case UInt8(ascii: "]"): pushSequence([], as: PickleValue.list)
    case UInt8(ascii: "l"): pushSequence(try popToMark(), as: PickleValue.list)
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "}"): try pushDictionary([])
    case UInt8(ascii: "d"): try pushDictionary(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try setItems([try pop(), value])
    case UInt8(ascii: "u"): try setItems(try popToMark())
    case UInt8(ascii: "p"): memo[try lineNumber()] = try top()
    case UInt8(ascii: "q"): memo[Int(try reader.byte())] = try top()
    case UInt8(ascii: "r"): memo[try reader.count(UInt32.self)] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "g"): try recall(try lineNumber())
    case UInt8(ascii: "h"): try recall(Int(try reader.byte()))
    case UInt8(ascii: "j"): try recall(try reader.count(UInt32.self))
    default: return false
    }
    return true
  }

  private mutating func pushText(_ count: Int) throws {
    stack.append(.text(String(decoding: try reader.read(count), as: UTF8.self)))
  }

  private mutating func pushBytes(_ count: Int) throws {
    _ = try reader.read(count)
    stack.append(.bytes)
  }

  private mutating func pushTuple(_ count: Int) throws {
    var values: [PickleValue] = []
    for _ in 0..<count { values.append(try pop()) }
    pushSequence(values.reversed(), as: PickleValue.tuple)
  }

  private mutating func append(_ values: [PickleValue]) throws {
    guard case .list(let list) = try top() else { throw malformed }
    heap.sequences[list] += values
  }

  private mutating func setItems(_ flat: [PickleValue]) throws {
    guard case .dictionary(let dictionary) = try top() else { throw malformed }
    try fill(dictionary, with: flat)
  }

  private mutating func recall(_ key: Int) throws {
    guard let value = memo[key] else { throw malformed }
    stack.append(value)
  }

  private mutating func lineNumber() throws -> Int {
    guard let number = Int(try reader.line()), number >= 0 else { throw malformed }
    return number
  }

  /// The textual opcodes INT and LONG; `I00` and `I01` are false and true.
  private mutating func integerLine() throws -> PickleValue {
    let line = try reader.line()
    if line == "00" || line == "01" { return .bool(line == "01") }
    guard let number = Int(line.hasSuffix("L") ? String(line.dropLast()) : line) else {
      throw malformed
    }
    return .integer(number)
  }

  /// Little-endian two's complement of any length.
  private func long(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
    guard bytes.count <= 8 else { return .bigInteger(Array(bytes)) }
    var bits: UInt64 = (bytes.last ?? 0) >= 0x80 ? .max : 0
    for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
    return .integer(Int(truncatingIfNeeded: bits))
  }
}
