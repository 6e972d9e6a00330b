import FlyingFox
import FlyingSocks
import Foundation
import Support

/// An HTTP server with limits on everything that a stranger could make it spend.
///
/// Sockets and their event loop, and the vocabulary of HTTP, are FlyingFox's. Its own connections read a
/// line of whatever length, and end the server where no file can be opened, so connections are served here.
public final class DashboardServer: Sendable {
  private let state: ServerState
  private let socket: Socket
  private let threads = ServerThreads()
  private let pool: any AsyncSocketPool = HTTPServer.defaultPool()
  /// Where it listens, e.g. `127.0.0.1`.
  public let host: String
  /// The port, also where 0 was asked for.
  public let port: UInt16

  /// Listens, and answers nothing yet.
  ///
  /// - Parameters:
  ///   - host: an address, or `localhost`.
  ///   - port: 0 for one that is free.
  /// - Throws: `UserError` for an address that is none or not of this machine, and a port that is taken
  ///   or not permitted.
  public init(
    host: String, port: UInt16, handler: any RequestHandler, changes: any ChangeSource,
    limits: ServerLimits = ServerLimits()
  ) throws {
    self.host = host
    state = ServerState(
      limits: limits, hosts: HostGuard(host: host), handler: handler, changes: changes)
    (socket, self.port) = try ListeningSocket.open(host: host, port: port)
  }

  /// The address of the first page.
  public var address: String {
    let shown = ["0.0.0.0": "127.0.0.1", "::": "[::1]"][host] ?? host
    return "http://\(shown.contains(":") && !shown.hasPrefix("[") ? "[\(shown)]" : shown):\(port)/"
  }

  /// Serves until `stop()`, or until the task is cancelled.
  public func start() -> Task<Void, any Error> {
    Task(executorPreference: threads) { try await self.serve() }
  }

  private func serve() async throws {
    try await pool.prepare()
    let pool = pool
    let listening = try Self.socket(socket, pool)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await pool.run() }
      group.addTask { await self.accept(listening) }
      while !state.isStopping, (try? await Task.sleep(for: .milliseconds(100))) != nil {}
      state.stop()
      try? listening.close()
      // A last answer may be on its way.
      for _ in 0..<20 where state.connections > 0 { try? await Task.sleep(for: .milliseconds(50)) }
      group.cancelAll()
    }
  }

  private static func socket(
    _ socket: Socket, _ pool: some AsyncSocketPool
  ) throws -> AsyncSocket {
    try AsyncSocket(socket: socket, pool: pool)
  }

  private func accept(_ listening: AsyncSocket) async {
    await withDiscardingTaskGroup { group in
      while !state.isStopping, !Task.isCancelled {
        do {
          let socket = try await listening.accept()
          let connection = Connection(socket: socket, server: state)
          let isOne = state.beginConnection()
          group.addTask { [state] in
            defer { try? socket.close() }
            guard isOne else { return await connection.refuse() }
            defer { state.endConnection() }
            await connection.serve()
          }
        } catch {
          // No file can be opened, or the other side gave up: others may fare better soon.
          try? await Task.sleep(for: .milliseconds(50))
        }
      }
    }
  }

  /// Takes no further connections, and ends those that there are within a second.
  public func stop() { state.stop() }
}

extension Connection {
  /// Says that there are too many connections.
  func refuse() async {
    let reply = server.handler.refusal(.serviceUnavailable, "Too many connections are open.")
    let bytes = reply.head(keepsAlive: false) + reply.body
    try? await within(seconds: 1) { [socket] in try await socket.write(bytes) }
  }
}
