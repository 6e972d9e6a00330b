import Foundation

/// Memory that is used again and again: what a training step or a batch frees, the next one takes, so that
/// the system hands out (and clears) pages only in the first.
///
/// Unchecked: what is free is for whoever holds the lock.
public final class BufferPool: @unchecked Sendable {
  private struct Free {
    /// Free blocks by their size.
    var blocks: [Int: [UnsafeMutableRawPointer]] = [:]
    /// Bytes taken from the system so far and not returned.
    var bytes = 0
    /// Large pages that blocks are cut from.
    var pages: [UnsafeMutableRawPointer] = []
    /// How many bytes of the last of them are.
    var cutBytes = BufferPool.pageBytes
  }

  private var free = Free()
  /// Not a `Mutex`: what one thread gives back another takes, which ThreadSanitizer must see.
  private let lock = NSLock()
  private let takesLarger: Bool
  private let cutsPages: Bool
  private static let pageBytes = UnsafeMutableRawPointer.largePageBytes

  /// An empty pool.
  ///
  /// - Parameters:
  ///   - takesLarger: whether a free block of any larger size serves too. Right where few blocks of many sizes
  ///     are in use at a time; otherwise large blocks are missing later.
  ///   - cutsPages: whether blocks that fit a large page are cut from one, so that the processor's address
  ///     cache holds them all, and others go back to the system at once. Right for scratch memory, which is
  ///     written all over again and again.
  public init(takesLarger: Bool = false, cutsPages: Bool = false) {
    self.takesLarger = takesLarger
    self.cutsPages = cutsPages
  }

  deinit {
    for (bytes, blocks) in free.blocks where !isCut(bytes) { blocks.forEach { $0.deallocate() } }
    for page in free.pages { page.deallocate() }
  }

  private func isCut(_ bytes: Int) -> Bool { cutsPages && bytes <= Self.pageBytes }

  /// Bytes that the pool has from the system, in use or free.
  public var byteCount: Int { lock.withLock { free.bytes } }

  /// A block of at least so many bytes, and its size.
  func take(_ needed: Int) -> (pointer: UnsafeMutableRawPointer, bytes: Int) {
    let needed = (max(needed, 64) + 63) / 64 * 64
    let found: (UnsafeMutableRawPointer, Int)? = lock.withLock {
      var size: Int? = needed
      if takesLarger {
        size = free.blocks.filter { $0.key >= needed && !$0.value.isEmpty }.keys.min()
      }
      if let size, let block = free.blocks[size]?.popLast() { return (block, size) }
      guard isCut(needed) else {
        free.bytes += needed
        return nil
      }
      if free.cutBytes + needed > Self.pageBytes {
        free.pages.append(.allocateLargePages(Self.pageBytes))
        free.bytes += Self.pageBytes
        free.cutBytes = 0
      }
      defer { free.cutBytes += needed }
      return free.pages.last.map { ($0 + free.cutBytes, needed) }
    }
    return found ?? (UnsafeMutableRawPointer.allocate(alignedBytes: needed), needed)
  }

  func give(back block: UnsafeMutableRawPointer, bytes: Int) {
    lock.withLock {
      if cutsPages && !isCut(bytes) {
        block.deallocate()
        free.bytes -= bytes
      } else {
        free.blocks[bytes, default: []].append(block)
      }
    }
  }
}
