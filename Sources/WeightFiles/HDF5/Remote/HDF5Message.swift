import Support

/// What is asked of an `HDF5Server`, each with a name: a file's path where one is to be opened, else an object's.
enum HDF5Request: UInt8 {
  case open = 1
  case contains, attributes, contents, tensor, integers
}

/// What an answer is.
enum HDF5Answer: UInt8 {
  /// What was asked for; of numbers their shape, after which they follow as they are in memory.
  case value = 1
  /// A `UserError`.
  case error
}

/// A value as bytes, written by one process of this machine and read by another.
protocol HDF5Message: Sendable {
  func write(to writer: inout HDF5MessageWriter)
  /// - Throws: `HDF5Fault.nonsense` where the bytes are of no such value.
  init(from reader: inout HDF5MessageReader) throws
}

/// Gathers the bytes of values.
struct HDF5MessageWriter {
  var bytes: [UInt8] = []
}

/// Takes values from bytes, of which not one is believed. No value takes much more memory than its bytes.
struct HDF5MessageReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next bytes.
  mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard (0...bytes.count - position).contains(count) else { throw HDF5Fault.nonsense }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// Checks that nothing is left.
  func end() throws {
    guard position == bytes.count else { throw HDF5Fault.nonsense }
  }
}

extension HDF5Message {
  /// The bytes of the value alone.
  var bytes: [UInt8] {
    var writer = HDF5MessageWriter()
    write(to: &writer)
    return writer.bytes
  }

  /// The value whose bytes are these, all of them.
  init(bytes: [UInt8]) throws {
    var reader = HDF5MessageReader(bytes)
    try self.init(from: &reader)
    try reader.end()
  }
}

extension Int64: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) {
    withUnsafeBytes(of: self) { writer.bytes += $0 }
  }

  init(from reader: inout HDF5MessageReader) throws {
    self = try reader.take(8).withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
  }
}

extension Int: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) { Int64(self).write(to: &writer) }
  init(from reader: inout HDF5MessageReader) throws { self = Int(try Int64(from: &reader)) }
}

extension Double: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) {
    Int64(bitPattern: bitPattern).write(to: &writer)
  }

  init(from reader: inout HDF5MessageReader) throws {
    self.init(bitPattern: UInt64(bitPattern: try Int64(from: &reader)))
  }
}

extension Bool: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) { writer.bytes.append(self ? 1 : 0) }

  init(from reader: inout HDF5MessageReader) throws {
    switch try reader.take(1) {
    case [0]: self = false
    case [1]: self = true
    default: throw HDF5Fault.nonsense
    }
  }
}

extension String: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) {
    utf8.count.write(to: &writer)
    writer.bytes += utf8
  }

  init(from reader: inout HDF5MessageReader) throws {
    let count = try Int(from: &reader)
    guard let text = String(validating: try reader.take(count), as: UTF8.self) else {
      throw HDF5Fault.nonsense
    }
    self = text
  }
}

extension Array: HDF5Message where Element: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) {
    count.write(to: &writer)
    for element in self { element.write(to: &writer) }
  }

  init(from reader: inout HDF5MessageReader) throws {
    let count = try Int(from: &reader)
    guard count >= 0 else { throw HDF5Fault.nonsense }
    self = []
    // Each takes bytes, so that a wrong count ends where they do.
    while self.count < count { append(try Element(from: &reader)) }
  }
}

extension Optional: HDF5Message where Wrapped: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) {
    (self != nil).write(to: &writer)
    self?.write(to: &writer)
  }

  init(from reader: inout HDF5MessageReader) throws {
    self = try Bool(from: &reader) ? Wrapped(from: &reader) : nil
  }
}
