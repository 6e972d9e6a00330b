import Foundation

/// Memory for `count` 32-bit floats that starts on a 64-byte boundary, as AVX-512 loads like it.
///
/// A reference type: whoever holds it sees the same memory. `Tensor` gives it value semantics.
public final class AlignedBuffer: @unchecked Sendable {
  /// The first element.
  public let pointer: UnsafeMutablePointer<Float>
  /// How many floats there are.
  public let count: Int
  private let pool: BufferPool?
  /// What the pool gave, which may be more than was asked for.
  private let capacity: Int

  /// Uninitialised memory; the caller must write before it reads.
  public init(uninitialized count: Int) {
    self.count = count
    pool = nil
    let bytes = max(count * MemoryLayout<Float>.stride, 64)
    capacity = bytes
    let raw = UnsafeMutableRawPointer.allocate(alignedBytes: bytes)
    pointer = raw.bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
  }

  /// Uninitialised memory that a pool hands out, and gets back when nobody holds it any more.
  public init(uninitialized count: Int, from pool: BufferPool) {
    self.count = count
    self.pool = pool
    let block = pool.take(count * MemoryLayout<Float>.stride)
    capacity = block.bytes
    pointer = block.pointer.bindMemory(
      to: Float.self, capacity: block.bytes / MemoryLayout<Float>.stride)
  }

  /// Memory filled with zeros.
  public convenience init(zeros count: Int) {
    self.init(uninitialized: count)
    pointer.update(repeating: 0, count: max(count, 16))
  }

  deinit {
    if let pool {
      pool.give(back: UnsafeMutableRawPointer(pointer), bytes: capacity)
    } else {
      UnsafeMutableRawPointer(pointer).deallocate()
    }
  }
}

extension UnsafeMutableRawPointer {
  /// Memory on a 64-byte boundary. Large blocks ask for pages of 2 MiB: among small ones the
  /// processor's address cache misses at nearly every store to the planes of Winograd's transforms.
  static func allocate(alignedBytes bytes: Int) -> UnsafeMutableRawPointer {
    let page = 2 << 20
    guard bytes >= 2 * page else { return allocate(byteCount: bytes, alignment: 64) }
    let block = allocate(byteCount: bytes, alignment: page)
    #if os(Linux)
      _ = madvise(block, bytes, Int32(MADV_HUGEPAGE))
    #endif
    return block
  }
}
