/// An HTTP request.
public struct HTTPRequest: Sendable, Equatable {
  /// E.g. `POST`.
  public var method: String
  public var url: String
  public var headers: [String: String]
  public var body: [UInt8]

  public init(method: String, url: String, headers: [String: String] = [:], body: [UInt8] = []) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

/// What a server answered.
public struct HTTPResponse: Sendable, Equatable {
  /// E.g. 200.
  public var status: Int
  public var body: [UInt8]

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
  public let reason: String

  public init(_ reason: String) { self.reason = reason }
}
