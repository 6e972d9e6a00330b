import Foundation

/// Bytes to and from the other end of a socket, never waited for without end.
struct HDF5Channel {
  private let descriptor: Int32
  /// What is left of the time to wait; `nil` where there is no hurry.
  private var left: Duration?

  /// Of all but the numbers of a dataset: names, shapes, attributes.
  static let longestBody = 1 << 26

  init(_ descriptor: Int32, seconds: Int? = nil) {
    self.descriptor = descriptor
    left = seconds.map { .seconds($0) }
  }

  /// Sends a byte that says what follows, and that.
  mutating func send(_ kind: UInt8, _ body: [UInt8]) throws {
    var frame = HDF5MessageWriter()
    frame.bytes = [kind]
    body.count.write(to: &frame)
    frame.bytes += body
    try frame.bytes.withUnsafeBytes { try send($0) }
  }

  /// What the other end sent so.
  mutating func receive() throws -> (kind: UInt8, body: [UInt8]) {
    let head = try receive(1 + 8)
    var rest = HDF5MessageReader(Array(head.dropFirst()))
    let length = try Int(from: &rest)
    guard (0...Self.longestBody).contains(length) else { throw HDF5Fault.nonsense }
    return (head[0], try receive(length))
  }

  private mutating func receive(_ count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
      try receive(into: UnsafeMutableRawBufferPointer(start: memory.baseAddress, count: count))
      filled = count
    }
  }

  /// Sends bytes.
  mutating func send(_ bytes: UnsafeRawBufferPointer) throws {
    let (descriptor, flags) = (descriptor, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    try move(bytes.count, POLLOUT) { done in
      Foundation.send(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, flags)
    }
  }

  /// Fills memory with what comes.
  mutating func receive(into memory: UnsafeMutableRawBufferPointer) throws {
    let descriptor = descriptor
    try move(memory.count, POLLIN) { done in
      recv(
        descriptor, memory.baseAddress.map { $0 + done }, memory.count - done,
        Int32(MSG_DONTWAIT))
    }
  }

  private mutating func move(_ count: Int, _ event: Int32, _ some: (_ done: Int) -> Int) throws {
    var done = 0
    while done < count {
      let moved = some(done)
      if moved > 0 {
        done += moved
      } else if moved < 0, errno == EAGAIN {
        try wait(for: event)
      } else if moved == 0 || errno != EINTR {
        throw HDF5Fault.ended
      }
    }
  }

  private mutating func wait(for event: Int32) throws {
    guard left != .zero else { throw HDF5Fault.late }
    let began = SuspendingClock.now
    var state = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    // A signal ends it, too.
    _ = poll(&state, 1, left.map(Self.milliseconds) ?? -1)
    left = left.map { max(.zero, $0 - (SuspendingClock.now - began)) }
  }

  /// Rounded up, and no more than poll(2) takes.
  private static func milliseconds(_ duration: Duration) -> Int32 {
    let (seconds, rest) = duration.components
    return Int32(min(seconds, 1_000_000) * 1000 + rest / 1_000_000_000_000_000 + 1)
  }
}
