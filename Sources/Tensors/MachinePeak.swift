import CKernels
import Synchronization

/// Work that shows what the machine can do at most: for benchmarks, which time it.
public enum MachinePeak {
  /// Multiplies and adds in registers on all threads.
  ///
  /// - Returns: multiplications and additions done.
  public static func multiplyAdd(rounds: Int, context: ComputeContext) -> Double {
    let threads = context.pool.threads
    context.pool.run(threads) { _, _ in use(rg_peak_multiply_add(rounds)) }
    return Double(threads * rounds * 12 * 16 * 2)
  }

  /// Reads a buffer, which should be far larger than the caches, once with all threads.
  ///
  /// - Returns: bytes read.
  public static func read(_ memory: AlignedBuffer, context: ComputeContext) -> Double {
    let lines = memory.count / 1024
    context.pool.run(over: lines) { range, _ in
      use(rg_read_all(memory.pointer + 1024 * range.lowerBound, 1024 * range.count))
    }
    return Double(4 * 1024 * lines)
  }

  /// What it costs to share a loop among all threads, besides its tasks: of many loops with one task a thread, each of
  /// some microseconds, the median, less that of such a task alone.
  public static func handover(context: ComputeContext) -> Duration {
    let (loops, pauses) = (20_000, 400)
    func wait() { for _ in 0..<pauses { rg_pause() } }
    let clock = ContinuousClock()
    func median(_ body: () -> Void) -> Duration {
      (0..<loops).map { _ in clock.measure(body) }.sorted()[loops / 2]
    }
    let shared = median { context.pool.run(context.pool.threads) { _, _ in wait() } }
    return max(shared - median(wait), .zero)
  }

  private static let sink = Atomic<UInt32>(0)

  /// Uses a result, so that it has to be computed.
  @inline(never)
  private static func use(_ value: Float) { sink.store(value.bitPattern, ordering: .relaxed) }
}
