import Foundation
import Support

/// An MLflow tracking server and its credentials.
public struct MLflowServer: Sendable {
  /// The address without credentials and without a slash at its end, e.g. `http://127.0.0.1:5000`.
  public let address: String
  /// The header `Authorization`, or `nil`.
  package let authorization: String?

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
      let shown = uri.split(separator: "@").last ?? ""
      throw UserError(
        "--tracking-uri \(shown): not the address of a server",
        remedy: "give http://HOST:PORT; for a file store start `mlflow server` on it")
    }
    let user = parts.user ?? environment["MLFLOW_TRACKING_USERNAME"]
    let password = parts.password ?? environment["MLFLOW_TRACKING_PASSWORD"]
    (parts.user, parts.password, parts.query, parts.fragment) = (nil, nil, nil, nil)
    while parts.path.hasSuffix("/") { parts.path.removeLast() }
    address = parts.string ?? "\(scheme)://\(host)"
    if let user, let password {
      authorization = "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    } else {
      authorization = environment["MLFLOW_TRACKING_TOKEN"].map { "Bearer \($0)" }
    }
  }
}
