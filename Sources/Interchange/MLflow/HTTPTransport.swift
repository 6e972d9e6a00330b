/// An HTTP request.
public struct HTTPRequest: Sendable, Equatable {
  /// E.g. `POST`.
  public var method: String
  /// The whole address.
  public var url: String
  /// By name.
  public var headers: [String: String]
  /// Empty for none.
  public var body: [UInt8]

  /// A request with these parts.
  public init(method: String, url: String, headers: [String: String] = [:], body: [UInt8] = []) {
    (self.method, self.url, self.headers, self.body) = (method, url, headers, body)
  }
}

/// What a server answered.
public struct HTTPResponse: Sendable, Equatable {
  /// E.g. 200.
  public var status: Int
  /// Empty for none.
  public var body: [UInt8]

  /// A response with these parts.
  public init(status: Int, body: [UInt8] = []) {
    self.status = status
    self.body = body
  }
}

/// A connection to a server; tests use their own.
public protocol HTTPTransport: Sendable {
  /// Sends a request and waits for the answer, whatever its status.
  ///
  /// - Throws: `TransportError` when there is none.
  func send(_ request: HTTPRequest) throws -> HTTPResponse
}

/// Why a request failed, without the server's address.
public struct TransportError: Error, Sendable, Equatable {
  /// In a few words.
  public let reason: String

  /// - Parameter reason: in a few words.
  public init(_ reason: String) { self.reason = reason }
}
