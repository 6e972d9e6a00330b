import Foundation

/// Memory that is used again and again: what a training step or a batch frees, the next one takes, so that
/// the system hands out (and clears) pages only in the first.
///
/// Unchecked: what is free is for whoever holds the lock.
public final class BufferPool: @unchecked Sendable {
  /// Who gets what was given back.
  public enum Reuse: Sendable {
    /// Whoever asks for the same size.
    case sameSize
    /// Whoever asks for as much or less. Right where few blocks of many sizes are in use at a time; otherwise
    /// large blocks are missing later.
    case anyLarger
    /// Blocks are cut from large pages, so that the processor's address cache holds them all, and a page is cut
    /// anew when none of its blocks is in use. Larger blocks go back to the system. Right for scratch memory,
    /// which is written all over again and again.
    case pages
  }

  private struct Page {
    let start: UnsafeMutableRawPointer
    /// How many bytes blocks were cut from.
    var cutBytes = 0
    /// Blocks in use.
    var blocks = 0
  }

  /// Free blocks by their size.
  private var free: [Int: [UnsafeMutableRawPointer]] = [:]
  private var pages: [Page] = []
  /// Bytes taken from the system so far and not returned.
  private var bytes = 0
  /// Not a `Mutex`: what one thread gives back another takes, which ThreadSanitizer must see.
  private let lock = NSLock()
  private let reuse: Reuse
  private static let pageBytes = UnsafeMutableRawPointer.largePageBytes

  /// An empty pool.
  public init(_ reuse: Reuse = .sameSize) { self.reuse = reuse }

  deinit {
    for blocks in free.values { blocks.forEach { $0.deallocate() } }
    for page in pages { page.start.deallocate() }
  }

  /// Bytes that the pool has from the system, in use or free.
  public var byteCount: Int { lock.withLock { bytes } }

  /// A block of at least so many bytes, and its size.
  func take(_ needed: Int) -> (pointer: UnsafeMutableRawPointer, bytes: Int) {
    let needed = (max(needed, 64) + 63) / 64 * 64
    let found: (UnsafeMutableRawPointer, Int)? = lock.withLock {
      if reuse == .pages && needed <= Self.pageBytes { return (cut(needed), needed) }
      var size: Int? = needed
      if reuse == .anyLarger {
        size = free.filter { $0.key >= needed && !$0.value.isEmpty }.keys.min()
      }
      if let size, let block = free[size]?.popLast() { return (block, size) }
      bytes += needed
      return nil
    }
    return found ?? (UnsafeMutableRawPointer.allocate(alignedBytes: needed), needed)
  }

  func give(back block: UnsafeMutableRawPointer, bytes size: Int) {
    lock.withLock {
      if reuse != .pages {
        free[size, default: []].append(block)
      } else if let page = pages.firstIndex(where: {
        $0.start <= block && block < $0.start + Self.pageBytes
      }) {
        pages[page].blocks -= 1
        if pages[page].blocks == 0 { pages[page].cutBytes = 0 }
      } else {
        block.deallocate()
        bytes -= size
      }
    }
  }

  /// A block of the first page that has room for it.
  private func cut(_ size: Int) -> UnsafeMutableRawPointer {
    let index = pages.firstIndex { $0.cutBytes + size <= Self.pageBytes } ?? pages.endIndex
    if index == pages.endIndex {
      pages.append(Page(start: .allocateLargePages(Self.pageBytes)))
      bytes += Self.pageBytes
    }
    defer {
      pages[index].cutBytes += size
      pages[index].blocks += 1
    }
    return pages[index].start + pages[index].cutBytes
  }
}
