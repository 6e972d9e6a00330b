import CKernels
import Tensors

/// Elements below which a loop is not worth waking the other threads for.
private let smallLoop = 1 << 14

extension ComputeContext {
  /// Splits work on `count` elements that do not depend on each other among the threads.
  func elementwise(_ count: Int, _ body: (Range<Int>) -> Void) {
    let pieces = count < smallLoop ? 1 : 4 * pool.threads
    pool.run(over: count, pieces: pieces) { range, _ in body(range) }
  }

  /// Splits `rows` of `channels` floats that do not depend on each other among the threads.
  func overRows(_ rows: Int, channels: Int, _ body: (Range<Int>) -> Void) {
    let pieces = rows * channels < smallLoop ? 1 : 4 * pool.threads
    pool.run(over: rows, pieces: pieces) { range, _ in body(range) }
  }

  /// Splits the rows of `batch` images among the threads: whole images where there are many.
  func overRows(
    ofImages batch: Int, height: Int, _ body: (_ image: Int, _ rows: Range<Int>) -> Void
  ) {
    let parts = max(1, min(height, 4 * pool.threads / max(batch, 1)))
    pool.run(batch * parts) { task, _ in
      let (image, part) = (task / parts, task % parts)
      body(image, height * part / parts..<height * (part + 1) / parts)
    }
  }

  /// Splits `count` rows into blocks, each with memory of a worker for `width` floats a row.
  func overBlocks(
    of size: Int, _ count: Int, width: Int,
    _ body: (_ rows: Range<Int>, _ memory: UnsafeMutablePointer<Float>, _ worker: Int) -> Void
  ) {
    reserve(.first, size * width)
    pool.run((count + size - 1) / size) { task, worker in
      guard let memory = memory(.first, worker: worker) else { return }
      body(task * size..<min((task + 1) * size, count), memory, worker)
    }
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

/// Floats of all parts' arrays of a sum, about: 16 MB.
private let partialSumLimit = 4 << 20

/// Adds up an array of `count` floats over `items` pieces of work. Each part of the items has its own
/// array, which `body` fills for a range of items (which is never empty, and whose first item must
/// overwrite); then the arrays are added in order. There are `TrainingPass.parts` parts, fewer of large
/// arrays, so the sum depends neither on the number of threads nor on which thread did what. Their arrays
/// are in the scratch memory `shared`, which `body` leaves alone.
func partialSums(
  of count: Int, items: Int, into sum: UnsafeMutablePointer<Float>,
  context: ComputeContext,
  _ body: (_ items: Range<Int>, _ partial: UnsafeMutablePointer<Float>, _ worker: Int) -> Void
) {
  let most = max(min(partialSumLimit / max(count, 1), TrainingPass.parts), 2)
  let parts = max(min(most, items), 1)
  // The first part sums in place.
  let others = context.shared(.shared, (parts - 1) * count)
  context.pool.run(parts) { part, worker in
    let partial = part == 0 ? sum : others + (part - 1) * count
    body(items * part / parts..<items * (part + 1) / parts, partial, worker)
  }
  guard parts > 1 else { return }
  context.elementwise(count) { range in
    for part in 1..<parts {
      let begin = range.lowerBound
      rg_combine(
        sum + begin, 1, sum + begin, 1, others + (part - 1) * count + begin, range.count)
    }
  }
}
