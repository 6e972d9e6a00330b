import Tensors
import Testing

@Suite("Buffers from a pool")
struct BufferPoolTests {
  /// More than a large page in all.
  private static let sizes = (1...60).map { 977 * $0 }

  @Test("blocks of large pages are apart and aligned; a page without any is cut anew")
  func cutsPages() {
    let pool = BufferPool(.pages)
    var buffers = Self.sizes.map { AlignedBuffer(uninitialized: $0, from: pool) }
    for (number, buffer) in buffers.enumerated() {
      #expect(UInt(bitPattern: buffer.pointer).isMultiple(of: 64))
      buffer.pointer.update(repeating: Float(number), count: buffer.count)
    }
    for (number, buffer) in buffers.enumerated() {
      let values = UnsafeBufferPointer(start: buffer.pointer, count: buffer.count)
      #expect(values.allSatisfy { $0 == Float(number) })
    }
    let bytes = pool.byteCount
    let needed = Self.sizes.reduce(0) { $0 + 4 * $1 }
    #expect(bytes.isMultiple(of: 2 << 20) && bytes >= needed && bytes < 2 * needed)
    // A page of which one is left is not.
    let kept = buffers.removeFirst()
    buffers = []
    buffers = [AlignedBuffer(uninitialized: 2 << 18, from: pool)]
    #expect(kept.pointer.pointee == 0 && pool.byteCount == bytes)
    buffers = []
    buffers = Self.sizes.dropFirst().map { AlignedBuffer(uninitialized: $0, from: pool) }
    #expect(pool.byteCount == bytes + (2 << 20))
    buffers = []
    buffers = Self.sizes.reversed().map { AlignedBuffer(uninitialized: $0, from: pool) }
    #expect(pool.byteCount == bytes + (2 << 20))
  }

  @Test("blocks that no large page holds go back to the system, unless the pool keeps all")
  func largeBlocks() {
    for reuse in [BufferPool.Reuse.pages, .sameSize, .anyLarger] {
      let pool = BufferPool(reuse)
      do {
        let large = AlignedBuffer(uninitialized: 1 << 20, from: pool)
        large.pointer.update(repeating: 1, count: large.count)
        #expect(pool.byteCount == 4 << 20)
      }
      #expect(pool.byteCount == (reuse == .pages ? 0 : 4 << 20))
    }
  }
}
