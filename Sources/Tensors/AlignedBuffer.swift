import Foundation
import Support

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
  ///
  /// - Parameter pool: what hands it out, and gets it back when nobody holds it any more; `nil` for
  ///   the system.
  public init(uninitialized count: Int, from pool: BufferPool? = nil) {
    self.count = count
    self.pool = pool
    let needed = max(count * MemoryLayout<Float>.stride, 64)
    let (block, bytes) =
      pool?.take(needed) ?? (UnsafeMutableRawPointer.allocate(alignedBytes: needed), needed)
    capacity = bytes
    pointer = block.bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
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
  /// Of a large page of x86-64.
  static let largePageBytes = 2 << 20

  /// Memory on a 64-byte boundary. Large blocks ask for pages of 2 MiB: among small ones the
  /// processor's address cache misses at nearly every store to the planes of Winograd's transforms.
  static func allocate(alignedBytes bytes: Int) -> UnsafeMutableRawPointer {
    bytes < 2 * largePageBytes
      ? allocate(byteCount: bytes, alignment: 64) : allocateLargePages(bytes)
  }

  /// Memory that begins with a page of 2 MiB, where the system gives one.
  static func allocateLargePages(_ bytes: Int) -> UnsafeMutableRawPointer {
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, largePageBytes, bytes) == 0, let block = memory else {
      OutOfMemory.end(bytes)
    }
    #if os(Linux)
      _ = madvise(block, bytes, Int32(MADV_HUGEPAGE))
    #endif
    return block
  }
}
