import Synchronization

/// What the connections of a server share.
final class ServerState: Sendable {
  let limits: ServerLimits
  let hosts: HostGuard
  let handler: any RequestHandler
  let changes: any ChangeSource
  let workers: Workers
  /// Those of answers that may take long.
  let slowWorkers: Workers
  private struct Counts {
    var connections = 0
    var streams = 0
    var bodies = 0
    var isStopping = false
  }
  private let counts = Mutex(Counts())

  init(
    limits: ServerLimits, hosts: HostGuard, handler: any RequestHandler,
    changes: any ChangeSource
  ) {
    (self.limits, self.hosts, self.handler) = (limits, hosts, handler)
    self.changes = changes
    workers = Workers(count: limits.workers, waiting: limits.waiting)
    slowWorkers = Workers(count: limits.slowWorkers, waiting: limits.waiting)
  }

  /// Whether the server ends: then connections do, behind the request that they are at.
  var isStopping: Bool { counts.withLock { $0.isStopping } }

  func stop() { counts.withLock { $0.isStopping = true } }

  /// Connections that are open.
  var connections: Int { counts.withLock { $0.connections } }

  private func begin(_ count: WritableKeyPath<Counts, Int> & Sendable, _ most: Int) -> Bool {
    counts.withLock { counts in
      guard counts[keyPath: count] < most else { return false }
      counts[keyPath: count] += 1
      return true
    }
  }

  private func end(_ count: WritableKeyPath<Counts, Int> & Sendable) {
    counts.withLock { $0[keyPath: count] -= 1 }
  }

  func beginConnection() -> Bool { begin(\.connections, limits.connections) }
  func endConnection() { end(\.connections) }
  func beginStream() -> Bool { begin(\.streams, limits.streams) }
  func endStream() { end(\.streams) }
  func beginBody() -> Bool { begin(\.bodies, limits.bodies) }
  func endBody() { end(\.bodies) }
}

/// Something that changes while pages of it are open.
public protocol ChangeSource: Sendable {
  /// Another number after each change.
  var current: Int { get }
}
