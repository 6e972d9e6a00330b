import Tensors

extension ComputeContext {
  /// Splits work on `count` elements that do not depend on each other among the threads.
  func elementwise(_ count: Int, _ body: (Range<Int>) -> Void) {
    let pieces = count < 1 << 14 ? 1 : 4 * pool.threads
    pool.run(over: count, pieces: pieces) { range, _ in body(range) }
  }

  /// Splits `rows` of `channels` floats that do not depend on each other among the threads.
  func overRows(_ rows: Int, channels: Int, _ body: (Range<Int>) -> Void) {
    let pieces = rows * channels < 1 << 14 ? 1 : 4 * pool.threads
    pool.run(over: rows, pieces: pieces) { range, _ in body(range) }
  }

  /// Adds up `width` sums over `count` rows: partitions that depend on the sizes alone, each into its
  /// own sums, then these in order. So the result is the same for any number of threads.
  func sums(
    over count: Int, width: Int, rowsPerPiece: Int = 1024,
    _ body: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
  ) -> [Double] {
    let pieces = max(min(count / max(rowsPerPiece, 1), 32), 1)
    var partial = [Double](repeating: 0, count: pieces * width)
    partial.withUnsafeMutableBufferPointer { memory in
      guard let base = memory.baseAddress else { return }
      pool.run(pieces) { piece, _ in
        body(count * piece / pieces..<count * (piece + 1) / pieces, base + piece * width)
      }
    }
    var total = [Double](repeating: 0, count: width)
    for piece in 0..<pieces {
      for index in 0..<width { total[index] += partial[piece * width + index] }
    }
    return total
  }
}
