import FlyingSocks
import Foundation
import Support

/// The socket that a server listens on.
enum ListeningSocket {
  /// - Returns: the socket, and its port.
  /// - Throws: `UserError`, see `DashboardServer.init`.
  static func open(host: String, port: UInt16) throws -> (Socket, UInt16) {
    let host = host == "localhost" ? "127.0.0.1" : host
    if host.contains(":") {
      let address = try parsed(host) { try sockaddr_in6.inet6(ip6: host, port: port) }
      return try listen(address, host, port)
    }
    let address = try parsed(host) { try sockaddr_in.inet(ip4: host, port: port) }
    return try listen(address, host, port)
  }

  private static func parsed<Address>(_ host: String, _ parse: () throws -> Address) throws
    -> Address
  {
    do { return try parse() } catch {
      throw UserError(
        "--host \(host): not an address", remedy: "give one in digits, such as 127.0.0.1 or ::1")
    }
  }

  private static func listen(
    _ address: some SocketAddress, _ host: String, _ port: UInt16
  ) throws -> (Socket, UInt16) {
    let socket = try Socket(domain: Int32(type(of: address).family))
    do {
      try socket.setValue(true, for: .localAddressReuse)
      try socket.bind(to: address)
      try socket.listen(maxPendingConnection: 256)
      switch try socket.sockname() {
      case .ip4(_, let port), .ip6(_, let port): return (socket, port)
      case .unix: throw SocketError.unsupportedAddress
      }
    } catch SocketError.failed(_, let code, let message) {
      try? socket.close()
      throw explained(code, message, host, port)
    }
  }

  private static func explained(
    _ code: Int32, _ message: String, _ host: String, _ port: UInt16
  ) -> UserError {
    switch code {
    case EADDRINUSE:
      UserError(
        "port \(port) is in use", remedy: "give --port another one, or 0 for one that is free")
    case EACCES:
      UserError(
        "port \(port): not permitted", remedy: "give --port one above 1023, or 0")
    case EADDRNOTAVAIL:
      UserError("--host \(host): not an address of this machine", remedy: "give 127.0.0.1")
    default: UserError("\(host):\(port): cannot be listened on (\(message))")
    }
  }
}
