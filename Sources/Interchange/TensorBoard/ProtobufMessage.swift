/// A protocol buffer that is being written, field by field
/// (https://protobuf.dev/programming-guides/encoding).
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  /// `int32`, `int64` and enumerations.
  mutating func add(_ field: Int, integer value: Int) {
    key(field, wire: 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  /// `double`.
  mutating func add(_ field: Int, double value: Double) {
    key(field, wire: 1)
    bytes += LittleEndian.bytes(value.bitPattern)
  }

  /// `float`.
  mutating func add(_ field: Int, float value: Float) {
    key(field, wire: 5)
    bytes += LittleEndian.bytes(value.bitPattern)
  }

  /// `bytes`.
  mutating func add(_ field: Int, bytes value: some Collection<UInt8>) {
    key(field, wire: 2)
    varint(UInt64(value.count))
    bytes += value
  }

  /// `string`.
  mutating func add(_ field: Int, text: String) { add(field, bytes: Array(text.utf8)) }

  /// A message in the message.
  mutating func add(_ field: Int, _ build: (inout ProtobufMessage) -> Void) {
    var message = ProtobufMessage()
    build(&message)
    add(field, bytes: message.bytes)
  }

  private mutating func key(_ field: Int, wire: Int) { varint(UInt64(field << 3 | wire)) }

  /// Seven bits a byte, the lowest first; the eighth says that more follow.
  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Numbers as bytes, the lowest first.
enum LittleEndian {
  static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
