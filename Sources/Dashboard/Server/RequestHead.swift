import FlyingFox
import Foundation

/// A request without its body, read by RFC 9112.
struct RequestHead: Sendable {
  let method: HTTPMethod
  let target: HTTPRequest.Target
  let version: HTTPVersion
  let headers: HTTPHeaders
  /// Bytes of the body.
  let length: Int

  /// Why a request is none that is answered.
  struct Fault: Error {
    let status: HTTPStatusCode
    let reason: String
    /// Whether the answer is to have no body.
    var isOfHEAD = false

    init(_ status: HTTPStatusCode, _ reason: String) {
      (self.status, self.reason) = (status, reason)
    }
  }

  /// - Parameter bytes: up to the empty line.
  /// - Throws: `Fault`.
  init(_ bytes: some Sequence<UInt8>) throws(Fault) {
    guard let text = String(validating: Array(bytes), as: UTF8.self) else {
      throw Fault(.badRequest, "The request's head is not UTF-8.")
    }
    // A lone carriage return would end a line for some readers and not for others.
    let plain = text.replacing("\r\n", with: "\n")
    guard !plain.contains("\r"), !plain.contains("\0") else {
      throw Fault(.badRequest, "The request's head holds control characters.")
    }
    var lines = plain.split(separator: "\n", omittingEmptySubsequences: true)
    guard !lines.isEmpty else { throw Fault(.badRequest, "The request is empty.") }
    let first = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
    guard first.count == 3, first.allSatisfy({ !$0.isEmpty }), first[1].hasPrefix("/") else {
      throw Fault(.badRequest, "The request line is not of the form METHOD /path HTTP/1.1.")
    }
    guard ["HTTP/1.1", "HTTP/1.0"].contains(first[2]) else {
      throw Fault(.httpVersionNotSupported, "Only HTTP/1.1 is spoken here.")
    }
    method = HTTPMethod(String(first[0]))
    version = HTTPVersion(String(first[2]))
    let parts = first[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    target = HTTPRequest.Target(
      path: String(parts.first ?? "/"), query: parts.count > 1 ? String(parts[1]) : "")
    headers = try Self.headers(lines)
    length = try Self.length(headers)
  }

  private static func headers(_ lines: [Substring]) throws(Fault) -> HTTPHeaders {
    var headers = HTTPHeaders()
    for line in lines {
      guard let colon = line.firstIndex(of: ":"), colon != line.startIndex,
        !line[..<colon].contains(where: \.isWhitespace)
      else { throw Fault(.badRequest, "A header is not of the form Name: value.") }
      let name = HTTPHeader(String(line[..<colon]))
      // Two of these would mean one thing here and another to somebody before us.
      if [.host, .contentLength].contains(name), headers[name] != nil {
        throw Fault(.badRequest, "The header \(name.rawValue) appears twice.")
      }
      headers.addValue(
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces), for: name)
    }
    return headers
  }

  private static func length(_ headers: HTTPHeaders) throws(Fault) -> Int {
    guard headers[.transferEncoding] == nil else {
      throw Fault(.notImplemented, "Transfer-Encoding is not supported; give Content-Length.")
    }
    guard let text = headers[.contentLength] else { return 0 }
    guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }), let length = Int(text)
    else { throw Fault(.badRequest, "Content-Length is no number.") }
    return length
  }

  /// Whether the connection stays open behind the answer.
  var keepsAlive: Bool {
    let tokens = (headers[.connection] ?? "").lowercased()
    return version == .http11 ? !tokens.contains("close") : tokens.contains("keep-alive")
  }
}
