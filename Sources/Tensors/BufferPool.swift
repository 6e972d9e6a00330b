import Foundation
import Synchronization

/// Memory that is used again and again: what a training step or a batch frees, the next one takes, so that
/// the system hands out (and clears) pages only in the first.
public final class BufferPool: Sendable {
  private struct Free: @unchecked Sendable {
    /// Free blocks by their size.
    var blocks: [Int: [UnsafeMutableRawPointer]] = [:]
    /// Bytes taken from the system so far and not returned.
    var bytes = 0
  }

  private let free = Mutex(Free())
  private let takesLarger: Bool

  /// An empty pool.
  ///
  /// - Parameter takesLarger: whether a free block of any larger size serves too. Right where few
  ///   blocks of many sizes are in use at a time; otherwise large blocks are missing later.
  public init(takesLarger: Bool = false) { self.takesLarger = takesLarger }

  deinit {
    free.withLock { free in
      for block in free.blocks.values.joined() { block.deallocate() }
    }
  }

  /// Bytes that the pool has from the system, in use or free.
  public var byteCount: Int { free.withLock { $0.bytes } }

  /// A block of at least so many bytes, and its size.
  func take(_ needed: Int) -> (pointer: UnsafeMutableRawPointer, bytes: Int) {
    let needed = (max(needed, 64) + 63) / 64 * 64
    let found: (UnsafeMutableRawPointer, Int)? = free.withLock { free in
      var size: Int? = needed
      if takesLarger {
        size = free.blocks.filter { $0.key >= needed && !$0.value.isEmpty }.keys.min()
      }
      if let size, let block = free.blocks[size]?.popLast() { return (block, size) }
      free.bytes += needed
      return nil
    }
    return found ?? (UnsafeMutableRawPointer.allocate(alignedBytes: needed), needed)
  }

  func give(back block: UnsafeMutableRawPointer, bytes: Int) {
    free.withLock { $0.blocks[bytes, default: []].append(block) }
  }
}
