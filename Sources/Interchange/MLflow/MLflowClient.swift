import Foundation
import Support

/// The part of MLflow's REST API, version 2.0, that is needed
/// (https://mlflow.org/docs/latest/rest-api.html).
public struct MLflowClient: Sendable {
  private let server: MLflowServer
  private let transport: any HTTPTransport

  /// - Parameter transport: what carries the requests; a fake in tests.
  public init(server: MLflowServer, transport: any HTTPTransport) {
    self.server = server
    self.transport = transport
  }

  /// A call to `/api/2.0/mlflow/<path>`. A `GET`'s fields go into the address, else they are JSON.
  ///
  /// - Returns: the answer; `nil` if the server says that the resource does not exist.
  /// - Throws: `UserError` of one line that names the server when it cannot be reached or refuses.
  func call(
    _ method: String, _ path: String, _ fields: [String: JSONValue]
  ) throws -> JSONValue? {
    var url = "/api/2.0/mlflow/\(path)"
    var (body, headers) = ([UInt8](), [String: String]())
    if method == "GET" {
      let query = fields.sorted { $0.key < $1.key }.map { name, value in
        "\(name)=\(Self.escaped(value.plain))"
      }
      if !query.isEmpty { url += "?" + query.joined(separator: "&") }
    } else {
      body = Array(try JSONValue.object(fields).line().utf8)
      headers["Content-Type"] = "application/json"
    }
    let answer = try send(method, url, headers: headers, body: body)
    let text = String(decoding: answer.body, as: UTF8.self)
    let json = JSONValue(json: text)
    if (200..<300).contains(answer.status) {
      guard let json else {
        throw UserError(
          "\(server.address): its response to \(path) is not MLflow's",
          remedy: "check --tracking-uri")
      }
      return json
    }
    if json?["error_code"]?.plain == "RESOURCE_DOES_NOT_EXIST" { return nil }
    throw refusal(path, answer, json?["message"]?.plain)
  }

  /// As `call`, where what is asked for must exist.
  @discardableResult
  func require(
    _ method: String, _ path: String, _ fields: [String: JSONValue]
  ) throws -> JSONValue {
    guard let answer = try call(method, path, fields) else {
      throw UserError("\(server.address): \(path): no longer exists")
    }
    return answer
  }

  /// Stores a file through the server's proxy of artifacts.
  ///
  /// - Parameter path: below the root of all artifacts, e.g. `1/4c5d/artifacts/report.md`.
  func upload(_ bytes: [UInt8], to path: String) throws {
    let parts = path.split(separator: "/").map { Self.escaped(String($0)) }
    let answer = try send(
      "PUT", "/api/2.0/mlflow-artifacts/artifacts/\(parts.joined(separator: "/"))",
      headers: ["Content-Type": "application/octet-stream"], body: bytes)
    guard (200..<300).contains(answer.status) else {
      let text = String(decoding: answer.body, as: UTF8.self)
      throw refusal(path, answer, JSONValue(json: text)?["message"]?.plain)
    }
  }

  private func send(
    _ method: String, _ path: String, headers: [String: String], body: [UInt8]
  ) throws -> HTTPResponse {
    var headers = headers
    headers["Authorization"] = server.authorization
    do {
      return try transport.send(
        HTTPRequest(method: method, url: server.address + path, headers: headers, body: body))
    } catch let error as TransportError {
      throw UserError(
        "\(server.address): cannot be reached (\(server.withoutSecrets(error.reason)))",
        remedy: "check --tracking-uri and that the server runs")
    }
  }

  private func refusal(_ what: String, _ answer: HTTPResponse, _ message: String?) -> UserError {
    switch answer.status {
    case 401, 403:
      return UserError(
        "\(server.address): access denied (status \(answer.status))",
        remedy: "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and "
          + "MLFLOW_TRACKING_PASSWORD")
    default:
      let words = MLflowLimits.shortened(
        server.withoutSecrets(message ?? "no reason given"), to: 300)
      return UserError("\(server.address): rejected \(what) (status \(answer.status): \(words))")
    }
  }

  /// A text as part of an address (RFC 3986).
  private static func escaped(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    return text.utf8.map { byte in
      plain.contains(byte)
        ? String(UnicodeScalar(byte)) : "%" + String(format: "%02X", Int(byte))
    }.joined()
  }
}
