import FlyingFox
import FlyingSocks
import Foundation

/// Reads requests from a connection, each within its limits of bytes and seconds.
struct RequestReader {
  private let socket: AsyncSocket
  private let limits: ServerLimits
  /// Read, and not used yet.
  private var buffer: [UInt8] = []

  init(_ socket: AsyncSocket, _ limits: ServerLimits) {
    (self.socket, self.limits) = (socket, limits)
  }

  /// The next request's head; `nil` where the other side is done or keeps still.
  ///
  /// - Throws: `RequestHead.Fault` for one that is none, is too long or comes too slowly.
  mutating func head() async throws -> RequestHead? {
    if buffer.isEmpty, try await !fill(seconds: limits.idleSeconds) { return nil }
    let end = ContinuousClock.now + .seconds(limits.headSeconds)
    while true {
      if let (head, rest) = Self.split(buffer) {
        guard head.count <= limits.head else { throw Self.tooLong }
        buffer = rest
        do { return try RequestHead(head) } catch {
          var fault = error
          fault.isOfHEAD = head.drop { [10, 13].contains($0) }.starts(with: "HEAD ".utf8)
          throw fault
        }
      }
      guard buffer.count <= limits.head else { throw Self.tooLong }
      let left = (end - .now) / .seconds(1)
      guard left > 0, try await fill(seconds: left) else {
        throw RequestHead.Fault(.requestTimeout, "The request did not come in time.")
      }
    }
  }

  private static let tooLong = RequestHead.Fault(
    .requestHeaderFieldsTooLarge, "The request's head is too long.")

  /// What is before the first empty line, and what follows it.
  private static func split(_ bytes: [UInt8]) -> (head: [UInt8], rest: [UInt8])? {
    let feed = UInt8(ascii: "\n")
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: feed) {
      let next = end + 1
      let isEmpty = bytes[start..<end].allSatisfy { $0 == UInt8(ascii: "\r") }
      // Empty lines before a request are passed over (RFC 9112, 2.2).
      if isEmpty, start > 0, bytes[..<start].contains(where: { ![10, 13].contains($0) }) {
        return (Array(bytes[..<start]), Array(bytes[next...]))
      }
      start = next
    }
    return nil
  }

  /// A body of so many bytes.
  ///
  /// - Throws: `RequestHead.Fault` where it does not come in time.
  mutating func body(_ length: Int) async throws -> Data {
    let end = ContinuousClock.now + .seconds(limits.bodySeconds)
    while buffer.count < length {
      let left = (end - .now) / .seconds(1)
      guard left > 0, try await fill(seconds: left) else {
        throw RequestHead.Fault(.requestTimeout, "The request's body did not come in time.")
      }
    }
    defer { buffer = Array(buffer[length...]) }
    return Data(buffer[..<length])
  }

  /// Reads some bytes.
  ///
  /// - Returns: whether there were any.
  private mutating func fill(seconds: Double) async throws -> Bool {
    do {
      let bytes = try await within(seconds: seconds) { [socket] in
        try await socket.read(atMost: 4096)
      }
      buffer += bytes
      return !bytes.isEmpty
    } catch is DeadlinePassed {
      return false
    } catch SocketError.disconnected {
      return false
    }
  }
}
