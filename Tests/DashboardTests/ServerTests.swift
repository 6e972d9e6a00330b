import Dashboard
import FlyingFox
import Foundation
import Support
import Testing

/// Answers with what it was asked.
private struct Echo: RequestHandler {
  func takesBody(_ request: HTTPRequest) -> Bool { request.path == "/photo" }
  func isSlow(_ request: HTTPRequest) -> Bool { false }
  func reply(to request: HTTPRequest, body: Data) -> Reply {
    Reply(html: "asked \(request.path) with \(body.count) bytes")
  }
  func refusal(_ status: HTTPStatusCode, _ reason: String) -> Reply {
    Reply(status, html: reason)
  }
}

private struct Unchanged: ChangeSource {
  var current: Int { 1 }
}

@Suite struct ServerTests {
  /// What no busy machine meets: where other tests compute on all threads that tasks have, a socket may be looked at
  /// after a minute only, and an idle connection would be closed.
  private static let patient: ServerLimits = {
    var limits = ServerLimits()
    (limits.headSeconds, limits.bodySeconds) = (1200, 1200)
    (limits.idleSeconds, limits.writeSeconds) = (1200, 1200)
    return limits
  }()

  /// Serves while `body` asks, on a port of its own.
  private func serving(
    _ limits: ServerLimits = patient, _ body: @escaping @Sendable (UInt16) throws -> Void
  ) async throws {
    let server = try DashboardServer(
      host: "127.0.0.1", port: 0, handler: Echo(), changes: Unchanged(), limits: limits)
    let running = server.start()
    let result = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(returning: Result { try body(server.port) })
      }
    }
    server.stop()
    try await running.value
    try result.get()
  }

  private static let host = "Host: localhost\r\n"

  @Test func `requests of a connection are answered one after the other`() async throws {
    try await serving { port in
      let wire = try Wire(port: port)
      wire.send(
        "GET /a HTTP/1.1\r\n\(Self.host)\r\nGET /b HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n"
      )
      let text = wire.receive()
      #expect(text.contains("asked /a with 0 bytes"))
      #expect(text.contains("asked /b with 0 bytes"))
      #expect(text.contains("Content-Security-Policy: default-src 'none'"))
      #expect(text.contains("X-Content-Type-Options: nosniff"))
    }
  }

  @Test func `HEAD gets no body`() async throws {
    try await serving { port in
      let wire = try Wire(port: port)
      wire.send("HEAD /a HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n")
      let text = wire.receive()
      #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(text.hasSuffix("\r\n\r\n"))
    }
  }

  @Test(arguments: [
    ("HEAD / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    ("HEAD / HTTP/1.1\r\nHost: localhost\r\nNo colon\r\n\r\n", 400),
    ("HEAD / HTTP/2\r\nHost: localhost\r\n\r\n", 505),
  ])
  func `a refusal to HEAD has no body`(request: String, status: Int) async throws {
    try await serving { port in
      let wire = try Wire(port: port)
      wire.send(request)
      let text = wire.receive()
      #expect(text.hasPrefix("HTTP/1.1 \(status) "))
      #expect(text.hasSuffix("\r\n\r\n"))
      #expect(!text.contains("Content-Length: 0\r\n"), "the length is that of the answer to GET")
    }
  }

  @Test func `a page of another site gets nothing, a link from there does`() async throws {
    try await serving { port in
      func status(_ headers: String) throws -> String {
        let wire = try Wire(port: port)
        wire.send("GET /a HTTP/1.1\r\n\(Self.host)Connection: close\r\n\(headers)\r\n")
        return String(wire.receive().prefix(12).suffix(3))
      }
      let other = "Sec-Fetch-Site: cross-site\r\n"
      let image = try status("\(other)Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n")
      let link = try status("\(other)Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n")
      let own = try status("Sec-Fetch-Site: same-origin\r\n")
      #expect([image, link, own] == ["403", "200", "200"])
    }
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    ("GET / HTTP/1.1\r\n\r\n", 421),
    ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
    (
      "POST /photo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      400
    ),
    ("POST /photo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
    ("POST /photo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
    ("POST /photo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n", 413),
    ("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", 413),
    ("GET / HTTP/2\r\nHost: localhost\r\n\r\n", 505),
    ("GET /\r\n\r\n", 400), ("\0\0\0\r\n\r\n", 400),
    ("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: localhost\r\nNo colon\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: localhost\r\nName : value\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n", 400),
  ])
  func `a request that is none is refused and the connection closed`(
    request: String, status: Int
  ) async throws {
    try await serving { port in
      let wire = try Wire(port: port)
      wire.send(request)
      #expect(wire.receive().hasPrefix("HTTP/1.1 \(status) "))
    }
  }

  @Test func `a head without end costs no more than its limit`() async throws {
    try await serving { port in
      let wire = try Wire(port: port)
      wire.send("GET /" + String(repeating: "a", count: 20_000))
      #expect(wire.receive().hasPrefix("HTTP/1.1 431 "))
    }
  }

  @Test func `half a request is given up in time`() async throws {
    var limits = Self.patient
    limits.headSeconds = 0.2
    try await serving(limits) { port in
      let wire = try Wire(port: port)
      wire.send("GET / HTTP/1.1\r\nHo")
      #expect(wire.receive().hasPrefix("HTTP/1.1 408 "))
    }
  }

  @Test func `half a body is given up in time, and the place is free again`() async throws {
    var limits = Self.patient
    (limits.bodySeconds, limits.bodies) = (0.2, 1)
    try await serving(limits) { port in
      for _ in 0..<2 {
        let wire = try Wire(port: port)
        wire.send("POST /photo HTTP/1.1\r\n\(Self.host)Content-Length: 100\r\n\r\nhalf")
        #expect(wire.receive().hasPrefix("HTTP/1.1 408 "))
      }
      let wire = try Wire(port: port)
      wire.send(
        "POST /photo HTTP/1.1\r\n\(Self.host)Content-Length: 4\r\nConnection: close\r\n\r\nfull")
      #expect(wire.receive().contains("asked /photo with 4 bytes"))
    }
  }

  @Test func `one connection too many is told so, and others go on`() async throws {
    var limits = Self.patient
    limits.connections = 2
    try await serving(limits) { port in
      let first = try Wire(port: port)
      first.send("GET /a HTTP/1.1\r\n\(Self.host)\r\n")
      #expect(first.receive(until: "bytes").contains("asked /a"))
      let second = try Wire(port: port)
      second.send("GET /a HTTP/1.1\r\n\(Self.host)\r\n")
      #expect(second.receive(until: "bytes").contains("asked /a"))
      let third = try Wire(port: port)
      #expect(third.receive().hasPrefix("HTTP/1.1 503 "))
      first.send("GET /b HTTP/1.1\r\n\(Self.host)\r\n")
      #expect(first.receive(until: "bytes").contains("asked /b"))
    }
  }

  @Test func `random bytes are survived`() async throws {
    var limits = Self.patient
    // A busy server may notice the end of the first ones after all others have come.
    limits.connections = 1000
    try await serving(limits) { port in
      var random = SystemRandomNumberGenerator()
      for _ in 0..<300 {
        let wire = try Wire(port: port)
        let noise = (0..<Int.random(in: 1...400, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        wire.send(noise + Array("\r\n\r\n".utf8))
      }
      let wire = try Wire(port: port)
      wire.send("GET /alive HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n")
      #expect(wire.receive().contains("asked /alive"))
    }
  }

  @Test func `a port that is taken is one clear line`() throws {
    let first = try DashboardServer(
      host: "127.0.0.1", port: 0, handler: Echo(), changes: Unchanged())
    #expect {
      _ = try DashboardServer(
        host: "127.0.0.1", port: first.port, handler: Echo(), changes: Unchanged())
    } throws: { "\($0)".hasPrefix("port \(first.port) is in use; ") }
  }

  @Test(arguments: ["example.org", "1.2.3", "", "1::2::3"])
  func `a host that is no address is one clear line`(host: String) {
    #expect(throws: UserError.self) {
      try DashboardServer(host: host, port: 0, handler: Echo(), changes: Unchanged())
    }
  }
}
