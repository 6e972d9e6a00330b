import FlyingFox
import FlyingSocks
import Foundation

/// What a server answers with.
public protocol RequestHandler: Sendable {
  /// Whether a request to a path may have a body.
  func takesBody(_ request: HTTPRequest) -> Bool
  /// Whether an answer may take long: it is then made aside, so that no quick one waits for it.
  func isSlow(_ request: HTTPRequest) -> Bool
  /// The answer; called on a thread that may block.
  func reply(to request: HTTPRequest, body: Data) -> Reply
  /// The answer where something is wrong with a request before its path counts.
  func refusal(_ status: HTTPStatusCode, _ reason: String) -> Reply
}

/// One connection, from its first request to its end.
struct Connection: Sendable {
  let socket: AsyncSocket
  let server: ServerState

  private var limits: ServerLimits { server.limits }

  /// Serves requests until either side is done.
  func serve() async {
    var reader = RequestReader(socket, limits)
    do {
      while !server.isStopping, let head = try await reader.head() {
        do {
          guard try await answer(head, &reader) else { break }
        } catch var fault as RequestHead.Fault {
          fault.isOfHEAD = head.method == .HEAD
          throw fault
        }
      }
    } catch let fault as RequestHead.Fault {
      let reply = server.handler.refusal(fault.status, fault.reason)
      try? await write(reply, keepsAlive: false, isHeadOnly: fault.isOfHEAD)
    } catch {
      // The other side is gone, or takes no answer.
    }
  }

  /// - Returns: whether the connection stays open.
  private func answer(_ head: RequestHead, _ reader: inout RequestReader) async throws -> Bool {
    guard server.hosts.allows(head.headers[.host]) else {
      throw RequestHead.Fault(
        .misdirectedRequest, "This server does not answer to the name in the request.")
    }
    guard CrossSiteGuard.allows(head.method, head.headers) else {
      throw RequestHead.Fault(
        .forbidden, "A page of another site asked for this; follow a link, or type the address.")
    }
    let request = HTTPRequest(
      method: head.method, version: head.version, target: head.target, headers: head.headers,
      body: HTTPBodySequence())
    let body = try await body(head, request, &reader)
    defer { if !body.isEmpty { server.endBody() } }
    let reply = try await reply(request, body)
    guard reply.isStream else {
      let isHeadOnly = head.method == .HEAD
      try await write(reply, keepsAlive: head.keepsAlive, isHeadOnly: isHeadOnly)
      return head.keepsAlive
    }
    if head.method == .GET {
      try await stream(reply)
    } else {
      try await write(reply, keepsAlive: false, isHeadOnly: true)
    }
    return false
  }

  private func body(
    _ head: RequestHead, _ request: HTTPRequest, _ reader: inout RequestReader
  ) async throws -> Data {
    guard head.length > 0 else { return Data() }
    guard server.handler.takesBody(request) else {
      throw RequestHead.Fault(.payloadTooLarge, "This request takes no body.")
    }
    guard head.length <= limits.body else {
      throw RequestHead.Fault(
        .payloadTooLarge, "A photo may have at most \(limits.body / 1_000_000) MB.")
    }
    guard server.beginBody() else {
      throw RequestHead.Fault(.serviceUnavailable, "Other photos are looked at; try again.")
    }
    do {
      return try await reader.body(head.length)
    } catch {
      server.endBody()
      throw error
    }
  }

  private func reply(_ request: HTTPRequest, _ body: Data) async throws -> Reply {
    do {
      let handler = server.handler
      let workers = handler.isSlow(request) ? server.slowWorkers : server.workers
      return try await workers.run { handler.reply(to: request, body: body) }
    } catch is Workers.Busy {
      throw RequestHead.Fault(.serviceUnavailable, "Too many requests wait; try again.")
    }
  }

  private func write(_ reply: Reply, keepsAlive: Bool, isHeadOnly: Bool) async throws {
    var bytes = reply.head(keepsAlive: keepsAlive)
    if !isHeadOnly { bytes += reply.body }
    let all = bytes
    try await within(seconds: limits.writeSeconds) { [socket] in try await socket.write(all) }
  }

  /// Sends events until the other side is gone.
  private func stream(_ reply: Reply) async throws {
    guard server.beginStream() else {
      throw RequestHead.Fault(.serviceUnavailable, "Too many pages are open.")
    }
    defer { server.endStream() }
    try await send(reply.head(keepsAlive: false))
    await withTaskGroup(of: Void.self) { group in
      // Nothing more is asked on this connection: what comes is its end.
      group.addTask { [socket] in _ = try? await socket.read(atMost: 1) }
      group.addTask { try? await self.tell() }
      await group.next()
      group.cancelAll()
    }
  }

  /// Tells of changes of the database, and every few seconds that there were none.
  private func tell() async throws {
    var seen = server.changes.current
    try await send(Data("retry: 1000\nevent: change\ndata: \(seen)\n\n".utf8))
    var idle = 0
    while !server.isStopping {
      try await Task.sleep(for: .milliseconds(250))
      let now = server.changes.current
      if now != seen {
        (seen, idle) = (now, 0)
        try await send(Data("event: change\ndata: \(now)\n\n".utf8))
      } else if idle >= 40 {
        idle = 0
        try await send(Data(": still here\n\n".utf8))
      } else {
        idle += 1
      }
    }
  }

  private func send(_ data: Data) async throws {
    try await within(seconds: limits.writeSeconds) { [socket] in try await socket.write(data) }
  }
}
