/// What a server spends at most on those who connect to it.
public struct ServerLimits: Sendable {
  /// Connections at a time; further ones are answered with 503 and closed.
  public var connections = 256
  /// Of those, streams of events.
  public var streams = 64
  /// Bytes of a request before its body.
  public var head = 16_384
  /// Bytes of a request's body, where it may have one.
  public var body = 20_000_000
  /// Requests with a body at a time; further ones are answered with 503.
  public var bodies = 2
  /// Seconds in which a request's head must have come, from its first byte.
  public var headSeconds = 10.0
  /// Seconds in which a request's body must have come.
  public var bodySeconds = 30.0
  /// Seconds for which a connection may be idle between requests.
  public var idleSeconds = 30.0
  /// Seconds in which an answer must have been taken.
  public var writeSeconds = 30.0
  /// Quick answers that are made at a time.
  public var workers = 4
  /// Slow answers that are made at a time, besides.
  public var slowWorkers = 2
  /// Requests that wait for either; further ones are answered with 503.
  public var waiting = 512

  /// The program's own.
  public init() {}
}
