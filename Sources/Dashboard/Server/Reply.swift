import FlyingFox
import Foundation

/// What is answered to a request.
public struct Reply: Sendable {
  /// E.g. `200 OK`.
  public var status: HTTPStatusCode
  /// The media type, e.g. `text/html; charset=utf-8`.
  public var type: String
  /// The answer itself; empty for a stream.
  public var body: Data
  /// `Cache-Control`.
  public var caching = "no-store"
  /// Further headers, by name.
  public var headers: [String: String] = [:]
  /// Whether a stream of events follows instead of a body.
  var isStream = false

  /// An answer of a media type.
  public init(_ status: HTTPStatusCode = .ok, type: String, body: Data) {
    (self.status, self.type, self.body) = (status, type, body)
  }

  /// A page.
  public init(_ status: HTTPStatusCode = .ok, html: String) {
    self.init(status, type: "text/html; charset=utf-8", body: Data(html.utf8))
  }

  /// A value for a script.
  public init(_ status: HTTPStatusCode = .ok, json: String) {
    self.init(status, type: "application/json", body: Data(json.utf8))
  }

  /// Events, as long as the other side listens.
  static var stream: Reply {
    var reply = Reply(type: "text/event-stream", body: Data())
    reply.isStream = true
    return reply
  }

  /// Nothing but what comes from this server is loaded, run, sent to or framed, whatever text a
  /// database holds.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
  /// A plot has its own styles, and nothing else.
  private static let picturePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

  /// Status and headers, as they are sent.
  func head(keepsAlive: Bool) -> Data {
    var lines = [
      "HTTP/1.1 \(status.code) \(status.phrase)",
      "Content-Type: \(type)",
      "Cache-Control: \(caching)",
      "Content-Security-Policy: \(type.hasPrefix("image/") ? Self.picturePolicy : Self.policy)",
      "X-Content-Type-Options: nosniff",
      "X-Frame-Options: DENY",
      "Referrer-Policy: no-referrer",
      "Cross-Origin-Opener-Policy: same-origin",
      "Cross-Origin-Resource-Policy: same-origin",
      "Connection: \(keepsAlive && !isStream ? "keep-alive" : "close")",
    ]
    lines += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    if !isStream { lines.append("Content-Length: \(body.count)") }
    return Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }
}
