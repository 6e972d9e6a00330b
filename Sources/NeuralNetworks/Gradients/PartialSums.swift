import CKernels
import Tensors

/// Adds up an array of `count` floats over `items` pieces of work. Each part of the items, one a
/// thread, has its own array, which `body` fills for a range of items (which is never
/// empty, and whose first item must overwrite); then the arrays are added in order. So the sum
/// depends on the number of threads, but not on which thread did what.
func partialSums(
  of count: Int, items: Int, parts: Int? = nil, into sum: UnsafeMutablePointer<Float>,
  buffers: BufferPool, context: ComputeContext,
  _ body: (_ items: Range<Int>, _ partial: UnsafeMutablePointer<Float>, _ worker: Int) -> Void
) {
  let parts = max(min(parts ?? context.pool.threads, items), 1)
  // The first part sums in place.
  let others = AlignedBuffer(uninitialized: (parts - 1) * count, from: buffers)
  context.pool.run(parts) { part, worker in
    let partial = part == 0 ? sum : others.pointer + (part - 1) * count
    body(items * part / parts..<items * (part + 1) / parts, partial, worker)
  }
  guard parts > 1 else { return }
  context.elementwise(count) { range in
    for part in 1..<parts {
      let begin = range.lowerBound
      rg_combine(
        sum + begin, 1, sum + begin, 1, others.pointer + (part - 1) * count + begin, range.count)
    }
  }
}
