import Tensors

/// Moves memory between processes.
package protocol Transport: Sendable {
  /// This process's place.
  var rank: Int { get }
  /// How many there are.
  var size: Int { get }

  /// Sends and receives all of these, and returns when all are done. Between two processes, what one sends
  /// and the other receives come in the same order and are of the same sizes.
  ///
  /// - Throws: `UserError` when a process is lost.
  func exchange(sends: [TransportMessage], receives: [TransportMessage]) throws

  /// Called now and then while there is nothing to exchange.
  ///
  /// - Throws: `UserError` when a process is lost.
  func idle() throws
}

/// Memory on its way to or from another process. It stays where it is until the exchange has returned.
package struct TransportMessage: @unchecked Sendable {
  // Whoever exchanges is alone with the memory meanwhile: hence `Sendable`.
  /// The other process.
  package let peer: Int
  /// What is read, or written.
  package let memory: UnsafeMutableRawBufferPointer

  /// Of a range of floats.
  init(_ peer: Int, _ buffer: AlignedBuffer, _ range: Range<Int>) {
    self.init(
      peer,
      UnsafeMutableRawBufferPointer(
        start: buffer.pointer + range.lowerBound, count: 4 * range.count))
  }

  init(_ peer: Int, _ memory: UnsafeMutableRawBufferPointer) {
    (self.peer, self.memory) = (peer, memory)
  }
}
