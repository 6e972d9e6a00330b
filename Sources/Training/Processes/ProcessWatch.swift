import Foundation
import Synchronization

/// Notices within a second that a process of a group is gone, whatever ended it: each has a connection to
/// rank 0, which the system closes then, and rank 0 tells the others. Where there is no such connection, the
/// silence of `Transport.idle` tells it later.
package final class ProcessWatch: Sendable {
  private let rank: Int
  private let size: Int
  /// By rank; rank 0's alone in all others.
  private let peers = Mutex<[Int: WatchSocket]>([:])
  private let isOver = Mutex(false)
  private let lost: @Sendable (Int) -> Void

  /// What says that the watch is over; other numbers are ranks.
  private static let over = -1
  /// Seconds in which all must have connected, and in which a process on a busy host says its next word.
  private static let patience = 30.0

  /// - Parameters:
  ///   - group: whose processes are watched; all of them begin their watch at the same place.
  ///   - lost: called once, with the rank of a process that is gone, on a thread of the watch.
  /// - Throws: `UserError` when a process is lost meanwhile.
  package init(_ group: any ProcessGroup, lost: @escaping @Sendable (Int) -> Void) throws {
    (rank, size, self.lost) = (group.rank, group.size, lost)
    let token = Int.random(in: 1 ... .max)
    let listener = rank == 0 ? WatchSocket.listener() : nil
    let offer = listener.map {
      "\($0.port) \(token) " + WatchSocket.addresses.joined(separator: " ")
    }
    let offers = try group.gather(Array((offer ?? "").utf8))
    if let listener {
      start { $0.watchAll(listener.socket, token: token) }
    } else if rank > 0, let socket = connect(String(decoding: offers[0], as: UTF8.self)) {
      peers.withLock { $0[0] = socket }
      start { $0.watchFirst(socket) }
    }
  }

  /// Ends the watch in all processes: from here on, one that is gone has not been lost.
  package func end() {
    isOver.withLock { $0 = true }
    peers.withLock { peers in
      for socket in peers.values { socket.send(Self.over) }
    }
  }

  /// Closes the connections without a word, as the system does when it ends a process.
  package func drop() {
    isOver.withLock { $0 = true }
    peers.withLock { peers in
      for socket in peers.values { socket.hangUp() }
    }
  }

  private func start(_ body: @escaping @Sendable (ProcessWatch) -> Void) {
    let thread = Thread { [self] in body(self) }
    thread.name = "watch"
    thread.start()
  }

  /// Of rank 0's addresses the first that answers.
  private func connect(_ offer: String) -> WatchSocket? {
    let words = offer.split(separator: " ").map(String.init)
    guard words.count > 2, let port = UInt16(words[0]), let token = Int(words[1]) else {
      return nil
    }
    for address in words.dropFirst(2) {
      guard let socket = WatchSocket.connected(to: address, port: port) else { continue }
      socket.send(token)
      socket.send(rank)
      // Another program may listen there on another host.
      guard socket.receive(within: Self.patience) == token else { continue }
      // Rank 0 admits no connection that has been given up.
      socket.send(rank)
      return socket
    }
    return nil
  }

  private func watchFirst(_ socket: WatchSocket) {
    while WatchSocket.ready([socket]).isEmpty {
      if isOver.withLock({ $0 }) { return }
    }
    let word = socket.receive()
    if word != Self.over { report(word ?? 0) }
  }

  private func watchAll(_ listener: WatchSocket, token: Int) {
    let start = ContinuousClock.now
    while !isOver.withLock({ $0 }) {
      let known = peers.withLock { $0 }
      let waits =
        known.count < size - 1 && ContinuousClock.now - start < .seconds(Self.patience)
      for socket in WatchSocket.ready(known.map(\.value) + (waits ? [listener] : [])) {
        if socket === listener {
          admit(listener.accepted(), token)
        } else if let peer = known.first(where: { $0.value === socket })?.key {
          return conclude(socket.receive() == Self.over ? nil : peer)
        }
      }
    }
  }

  private func admit(_ socket: WatchSocket?, _ token: Int) {
    guard let socket, socket.receive() == token, let peer = socket.receive(),
      (1..<size).contains(peer)
    else { return }
    socket.send(token)
    guard socket.receive(within: Self.patience) == peer else { return }
    peers.withLock { $0[peer] = socket }
  }

  /// Tells the others what one process has said by word or by silence.
  private func conclude(_ lost: Int?) {
    let others = peers.withLock { $0.filter { $0.key != lost }.values }
    for socket in others { socket.send(lost ?? Self.over) }
    if let lost { report(lost) }
  }

  private func report(_ peer: Int) {
    if !isOver.withLock({ $0 }) { lost(peer) }
  }
}
