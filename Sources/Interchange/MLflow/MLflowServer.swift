import Foundation
import Support

/// An MLflow tracking server and its credentials.
public struct MLflowServer: Sendable {
  /// The address without credentials and without a slash at its end, e.g. `http://127.0.0.1:5000`.
  public let address: String
  /// The header `Authorization`, or `nil`.
  package let authorization: String?
  /// What must not be shown.
  private let secrets: [String]

  /// - Parameters:
  ///   - uri: `http://` or `https://`; a user and a password may be part of it.
  ///   - environment: `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, or else
  ///     `MLFLOW_TRACKING_TOKEN`, sign in where the address does not, in MLflow's own order.
  /// - Throws: `UserError` when the address is of another kind.
  public init(uri: String, environment: [String: String]) throws {
    guard var parts = URLComponents(string: uri), let scheme = parts.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty
    else {
      // Without what may be a password.
      let shown = uri.split(separator: "@").last?.prefix { !"?#".contains($0) } ?? ""
      throw UserError(
        "--tracking-uri \(shown): not the address of a server",
        remedy: "give http://HOST:PORT; for a file store start `mlflow server` on it")
    }
    let user = parts.user ?? environment["MLFLOW_TRACKING_USERNAME"]
    let password = parts.password ?? environment["MLFLOW_TRACKING_PASSWORD"]
    (parts.user, parts.password, parts.query, parts.fragment) = (nil, nil, nil, nil)
    while parts.path.hasSuffix("/") { parts.path.removeLast() }
    address = parts.string ?? "\(scheme)://\(host)"
    let token = environment["MLFLOW_TRACKING_TOKEN"]
    let basic = user.flatMap { user in
      password.map { Data("\(user):\($0)".utf8).base64EncodedString() }
    }
    authorization = basic.map { "Basic \($0)" } ?? token.map { "Bearer \($0)" }
    secrets = [basic, token, password].compactMap(\.self).filter { !$0.isEmpty }
  }

  /// A text that came from elsewhere, without what signs in: a server may repeat what it was sent.
  func withoutSecrets(_ text: String) -> String {
    secrets.reduce(text) { $0.replacing($1, with: "…") }
  }
}
