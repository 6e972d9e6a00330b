import Foundation
import NeuralNetworks
import Tensors

/// Processes that exchange memory.
///
/// A thread of its own makes all exchanges, in the order in which they were asked for, which is the same in
/// every process; so training goes on computing meanwhile.
package final class TransportGroup: ProcessGroup {
  private let transport: any Transport
  private let queue = ExchangeQueue()

  /// - Parameter transport: used by this group alone, on the thread of its exchanges.
  package init(_ transport: any Transport) {
    self.transport = transport
    let thread = Thread { [queue] in queue.work { try transport.idle() } }
    thread.name = "exchange"
    thread.start()
  }

  deinit { queue.close() }

  /// Returns when all exchanges are made; none can be asked for from here on.
  package func close() { queue.close() }

  package var rank: Int { transport.rank }
  package var size: Int { transport.size }

  package func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let transport = transport
    return try queue.ask {
      // Lengths first, then what is that long.
      let lengths = try Self.gather(
        withUnsafeBytes(of: bytes.count) { Array($0) },
        lengths: [Int](repeating: MemoryLayout<Int>.size, count: transport.size), transport)
      return try Self.gather(
        bytes, lengths: lengths.map { $0.withUnsafeBytes { $0.load(as: Int.self) } }, transport)
    }()
  }

  private static func gather(
    _ bytes: [UInt8], lengths: [Int], _ transport: any Transport
  ) throws -> [[UInt8]] {
    let all = lengths.map {
      UnsafeMutableRawBufferPointer.allocate(byteCount: $0, alignment: 8)
    }
    defer { for memory in all { memory.deallocate() } }
    let own = all[transport.rank]
    own.copyBytes(from: bytes)
    let others = all.indices.filter { $0 != transport.rank }
    try transport.exchange(
      sends: others.map { TransportMessage($0, own) },
      receives: others.map { TransportMessage($0, all[$0]) })
    return all.map { Array($0) }
  }

  package func sum(_ tree: GradientTree) -> () throws -> [Tensor?] {
    let transport = transport
    return queue.ask(counts: true) { try SharedSum(tree, transport).total() }
  }

  /// Seconds in which gradients were added up, and those of them in which training had nothing else to
  /// do.
  package var sumSeconds: (all: Double, waited: Double) {
    let times = queue.counted
    return (times.busy, times.waited)
  }
}
