import Dashboard
import FlyingFox
import Foundation
import Testing

/// Slow answers that wait until a quick one is asked for.
private final class Slow: RequestHandler {
  private let isAsked = DispatchSemaphore(value: 0)

  func takesBody(_ request: HTTPRequest) -> Bool { false }
  func isSlow(_ request: HTTPRequest) -> Bool { request.path == "/slow" }
  func reply(to request: HTTPRequest, body: Data) -> Reply {
    if request.path == "/slow" {
      let waited = isAsked.wait(timeout: .now() + 60)
      isAsked.signal()
      return Reply(html: waited == .success ? "slow" : "too slow")
    }
    isAsked.signal()
    return Reply(html: "quick")
  }
  func refusal(_ status: HTTPStatusCode, _ reason: String) -> Reply { Reply(status, html: reason) }
}

private struct Changes: ChangeSource {
  var current: Int { 1 }
}

@Suite struct WorkersTests {
  @Test func `a quick page is answered before slow ones that were asked for earlier`() async throws
  {
    let server = try DashboardServer(
      host: "127.0.0.1", port: 0, handler: Slow(), changes: Changes())
    let running = server.start()
    let texts: [String] = try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            func ask(_ path: String) throws -> Wire {
              let wire = try Wire(port: server.port)
              wire.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
              return wire
            }
            // More than there are workers of both kinds.
            let slow = try (0..<12).map { _ in try ask("/slow") }
            let quick = try ask("/quick").receive()
            return [quick] + slow.map { $0.receive() }
          })
      }
    }
    server.stop()
    try await running.value
    #expect(texts[0].hasSuffix("quick"))
    #expect(texts.dropFirst().allSatisfy { $0.hasSuffix("\r\n\r\nslow") })
  }
}
