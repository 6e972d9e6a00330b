import Foundation
import Interchange
import Support
import Testing

@Suite("Answers of servers")
struct URLSessionTransportTests {
  private func send(to server: OneAnswer, limit: Int) throws -> HTTPResponse {
    let transport = URLSessionTransport(
      limit: Limit("MLFLOW_BYTES", limit, "bytes", "of an answer", environment: [:]))
    return try transport.send(
      HTTPRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/x"))
  }

  @Test("are whole, whatever the status", arguments: [200, 404])
  func whole(status: Int) throws {
    let body = [UInt8](repeating: 7, count: 300_000)
    let server = try OneAnswer(status: status, body: body)
    #expect(try send(to: server, limit: 300_000) == HTTPResponse(status: status, body: body))
  }

  @Test("beyond the limit are an error that names the variable")
  func tooLong() throws {
    let server = try OneAnswer(status: 200, body: [UInt8](repeating: 7, count: 3_000_000))
    let error = #expect(throws: UserError.self) { try send(to: server, limit: 299_999) }
    #expect(error?.problem == "an answer of MLflow's server: more than the limit of 299999 bytes")
    #expect(error?.remedy?.contains("REALITYGAP_LIMIT_MLFLOW_BYTES") == true)
  }

  @Test("that do not come, or end too early, are errors")
  func none() throws {
    let cut = try OneAnswer(status: 200, body: [1, 2, 3], announced: 4)
    #expect(throws: TransportError.self) { try send(to: cut, limit: 10) }
    // Whoever was served is gone.
    #expect(throws: TransportError.self) { try send(to: cut, limit: 10) }
  }
}

/// A server on this machine that answers one request, and is gone.
private final class OneAnswer: Sendable {
  let port: UInt16

  /// - Parameter announced: the length that the answer claims; the true one by default.
  init(status: Int, body: [UInt8], announced: Int? = nil) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) == 0 && listen(listener, 1) == 0
          && getsockname(listener, address, &size) == 0
      }
    }
    guard result else { throw CocoaError(.fileReadUnknown) }
    port = UInt16(bigEndian: address.sin_port)
    let head = "HTTP/1.1 \(status) X\r\nContent-Length: \(announced ?? body.count)\r\n\r\n"
    let answer = Array(head.utf8) + body
    Thread.detachNewThread { Self.serve(listener, answer) }
  }

  private static func serve(_ listener: Int32, _ answer: [UInt8]) {
    let connection = accept(listener, nil, nil)
    close(listener)
    var buffer = [UInt8](repeating: 0, count: 4096)
    _ = recv(connection, &buffer, buffer.count, 0)
    var sent = 0
    while sent < answer.count {
      let count = answer[sent...].withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { break }
      sent += count
    }
    close(connection)
  }
}
