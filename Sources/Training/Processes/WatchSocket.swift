import Foundation

/// A connection of two processes over which they send numbers, or what waits for connections. Closed with the
/// value.
final class WatchSocket: Sendable {
  let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  private static func stream() -> WatchSocket? {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_INET, kind, 0)
    return descriptor < 0 ? nil : WatchSocket(descriptor)
  }

  deinit { close(descriptor) }

  /// Waits for connections on a port of the system's choice; `nil` where the system gives none.
  static func listener() -> (socket: WatchSocket, port: UInt16)? {
    guard let made = stream() else { return nil }
    let descriptor = made.descriptor
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withGeneric(&address) { bind(descriptor, $0, length) }
    guard isBound == 0, listen(descriptor, SOMAXCONN) == 0,
      withGeneric(&address, { getsockname(descriptor, $0, &length) }) == 0
    else { return nil }
    return (made, UInt16(bigEndian: address.sin_port))
  }

  /// The next one that has connected; `nil` where it has gone again.
  func accepted() -> WatchSocket? {
    let other = accept(descriptor, nil, nil)
    guard other >= 0 else { return nil }
    _ = fcntl(other, F_SETFD, FD_CLOEXEC)
    let socket = WatchSocket(other)
    socket.notice()
    return socket
  }

  /// Connects within two seconds; `nil` where nobody answers.
  static func connected(to host: String, port: UInt16) -> WatchSocket? {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return nil }
    guard let made = stream() else { return nil }
    let descriptor = made.descriptor
    // Of connecting, too.
    set(descriptor, SOL_SOCKET, SO_SNDTIMEO, timeval(tv_sec: 2, tv_usec: 0))
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    guard withGeneric(&address, { connect(descriptor, $0, length) }) == 0 else { return nil }
    made.notice()
    return made
  }

  /// Notices within half a minute when the other host is gone, and waits at most two seconds for the rest of
  /// a number.
  private func notice() {
    Self.set(descriptor, SOL_SOCKET, SO_RCVTIMEO, timeval(tv_sec: 2, tv_usec: 0))
    Self.set(descriptor, SOL_SOCKET, SO_KEEPALIVE, Int32(1))
    let tcp = Int32(IPPROTO_TCP)
    Self.set(descriptor, tcp, TCP_KEEPIDLE, Int32(10))
    Self.set(descriptor, tcp, TCP_KEEPINTVL, Int32(5))
    Self.set(descriptor, tcp, TCP_KEEPCNT, Int32(3))
  }

  private static func set<Value>(
    _ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Value
  ) {
    withUnsafeBytes(of: value) {
      _ = setsockopt(descriptor, level, option, $0.baseAddress, socklen_t($0.count))
    }
  }

  private static func withGeneric<Result>(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
  ) -> Result {
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
    }
  }

  /// Sends a number; what the other side does not take is lost, since it is gone then.
  func send(_ number: Int) {
    var number = Int64(number).littleEndian
    _ = Glibc.send(descriptor, &number, 8, Int32(MSG_NOSIGNAL))
  }

  /// A number that the other side has sent, or sends within two seconds; `nil` when it is gone.
  func receive() -> Int? {
    var number: Int64 = 0
    let isWhole = withUnsafeMutableBytes(of: &number) { memory in
      var done = 0
      while done < 8 {
        let count = recv(descriptor, memory.baseAddress.map { $0 + done }, 8 - done, 0)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
    return isWhole ? Int(Int64(littleEndian: number)) : nil
  }

  /// A number that the other side sends within some seconds; `nil` when it does not.
  func receive(within seconds: Double) -> Int? {
    let start = ContinuousClock.now
    while Self.ready([self]).isEmpty {
      guard ContinuousClock.now - start < .seconds(seconds) else { return nil }
    }
    return receive()
  }

  /// Ends the connection for both sides.
  func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Which of some have something to say, or are gone; waits for at most half a second.
  static func ready(_ sockets: [WatchSocket]) -> [WatchSocket] {
    var states = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    guard poll(&states, nfds_t(states.count), 500) > 0 else { return [] }
    return zip(sockets, states).filter { $1.revents != 0 }.map(\.0)
  }

  /// The IPv4 addresses of this host, that of the host itself first.
  static var addresses: [String] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    return sequence(first: list, next: { $0?.pointee.ifa_next }).compactMap { entry in
      guard let address = entry?.pointee.ifa_addr, address.pointee.sa_family == AF_INET else {
        return nil
      }
      var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let length = socklen_t(MemoryLayout<sockaddr_in>.size)
      guard
        getnameinfo(address, length, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
      else { return nil }
      return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
