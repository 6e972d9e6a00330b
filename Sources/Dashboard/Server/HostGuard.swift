import Foundation

/// Which `Host` a request may name: a page of a stranger that has its own name point here must not read
/// what this server says (DNS rebinding), though it may send requests.
public struct HostGuard: Sendable {
  /// Without port, in lower case.
  private let names: Set<String>
  /// Whether any address in digits is one of ours: where the server listens on all of them.
  private let allowsAddresses: Bool

  /// - Parameter host: what the server was asked to listen on.
  public init(host: String) {
    var names: Set<String> = ["localhost", "127.0.0.1", "[::1]"]
    names.insert(host.contains(":") ? "[\(host.lowercased())]" : host.lowercased())
    self.names = names
    allowsAddresses = ["0.0.0.0", "::"].contains(host)
  }

  /// Whether a request with this header is answered.
  public func allows(_ header: String?) -> Bool {
    guard let header, let name = Self.name(header.lowercased()) else { return false }
    return names.contains(name) || allowsAddresses && Self.isAddress(name)
  }

  /// The name before the port; `nil` where there is none.
  private static func name(_ header: String) -> String? {
    let end =
      header.hasPrefix("[")
      ? header.firstIndex(of: "]").map { header.index(after: $0) }
      : header.firstIndex(of: ":") ?? header.endIndex
    guard let end else { return nil }
    let port = header[end...]
    let isPort = port.isEmpty || port.first == ":" && port.dropFirst().allSatisfy(\.isNumber)
    return isPort && end > header.startIndex ? String(header[..<end]) : nil
  }

  private static func isAddress(_ name: String) -> Bool {
    if name.hasPrefix("[") { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}
