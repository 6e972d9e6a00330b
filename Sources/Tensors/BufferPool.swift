import Foundation
import Synchronization

/// Memory that is used again and again: what a training step frees, the next one takes, so that the
/// system hands out (and clears) pages only in the first step. Free memory is kept by exact size.
public final class BufferPool: Sendable {
  private struct Free: @unchecked Sendable {
    var blocks: [Int: [UnsafeMutableRawPointer]] = [:]
    /// Bytes taken from the system so far and not returned.
    var bytes = 0
  }

  private let free = Mutex(Free())

  /// An empty pool.
  public init() {}

  deinit { releaseUnused() }

  /// Bytes that the pool has from the system, in use or free.
  public var byteCount: Int { free.withLock { $0.bytes } }

  /// Gives free memory back to the system, e.g. after a change of the batch's shape.
  public func releaseUnused() {
    free.withLock { free in
      for (bytes, blocks) in free.blocks {
        for block in blocks { block.deallocate() }
        free.bytes -= bytes * blocks.count
      }
      free.blocks = [:]
    }
  }

  static func byteCount(_ floats: Int) -> Int {
    (max(floats * MemoryLayout<Float>.stride, 64) + 63) / 64 * 64
  }

  func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    let found: UnsafeMutableRawPointer? = free.withLock { free in
      if let block = free.blocks[bytes]?.popLast() { return block }
      free.bytes += bytes
      return nil
    }
    return found ?? Self.allocate(bytes)
  }

  func give(back block: UnsafeMutableRawPointer, _ bytes: Int) {
    free.withLock { $0.blocks[bytes, default: []].append(block) }
  }

  /// Large blocks ask for pages of 2 MiB: the 36 planes of Winograd's transforms would otherwise
  /// miss the address cache at every store.
  private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    let page = 2 << 20
    guard bytes >= 2 * page else {
      return UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    }
    let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: page)
    #if os(Linux)
      _ = madvise(block, bytes, Int32(MADV_HUGEPAGE))
    #endif
    return block
  }
}
