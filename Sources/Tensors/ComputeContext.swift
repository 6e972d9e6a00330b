import Foundation

/// Threads and the scratch memory that they keep between layers, so that the steady state allocates
/// nothing.
///
/// Networks that share a context run one after the other (`exclusively`), which is also fastest, since
/// each uses every thread.
///
/// Unchecked: scratch memory and `singles` are for whoever holds the lock, and, within a loop of the
/// pool, each worker's own scratch memory for that worker.
public final class ComputeContext: @unchecked Sendable {
  /// The threads.
  public let pool: ThreadPool
  /// Into how many parts the rows of a product are divided, at least. Where a row's bits depend on the rows
  /// beside it, this is a fixed number, so that results are the same for any number of threads.
  public let parts: Int
  private let lock = NSRecursiveLock()
  private var scratch: [[AlignedBuffer?]]
  /// What scratch memory comes from, that of `singles`, too.
  private let buffers: BufferPool

  /// The parts where they are fixed; as many threads can share such work.
  public static let fixedParts = 8

  /// - Parameter threads: how many threads compute; default `AvailableProcessors.count`.
  public convenience init(threads: Int? = nil) {
    self.init(threads.map { ThreadPool(threads: $0) } ?? ThreadPool())
  }

  /// The context of a pool.
  public convenience init(_ pool: ThreadPool) {
    self.init(pool, parts: BLAS.rowsAreIndependent ? pool.threads : Self.fixedParts)
  }

  private init(
    _ pool: ThreadPool, parts: Int,
    buffers: BufferPool = BufferPool(.pages)
  ) {
    self.pool = pool
    self.parts = parts
    self.buffers = buffers
    scratch = Array(
      repeating: Array(repeating: nil, count: Slot.allCases.count), count: pool.threads)
  }

  /// Runs `body` while no other caller is within this call: everything that uses scratch memory of a
  /// context that others may have, too.
  public func exclusively<Result>(_ body: () throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body()
  }

  /// A context of one thread for each worker, for work that a loop of this pool gives to one worker
  /// as a whole. Made once, and kept with its scratch memory.
  public private(set) lazy var singles: [ComputeContext] = (0..<pool.threads).map { _ in
    ComputeContext(ThreadPool(threads: 1), parts: 1, buffers: buffers)
  }

  /// Uses of scratch memory that are alive at the same time.
  public enum Slot: Int, CaseIterable, Sendable { case first, second, third, shared }

  /// Grows each worker's scratch memory of a slot to `count` floats, before a loop uses it.
  public func reserve(_ slot: Slot, _ count: Int) {
    for worker in 0..<pool.threads where (scratch[worker][slot.rawValue]?.count ?? -1) < count {
      // What it had goes back before more is taken.
      scratch[worker][slot.rawValue] = nil
      scratch[worker][slot.rawValue] = AlignedBuffer(uninitialized: count, from: buffers)
    }
  }

  /// Memory of `count` floats that all workers share (worker 0's), grown when needed.
  public func shared(_ slot: Slot, _ count: Int) -> UnsafeMutablePointer<Float> {
    if let buffer = scratch[0][slot.rawValue], buffer.count >= count { return buffer.pointer }
    scratch[0][slot.rawValue] = nil
    let buffer = AlignedBuffer(uninitialized: count, from: buffers)
    scratch[0][slot.rawValue] = buffer
    return buffer.pointer
  }

  /// A worker's scratch memory, as large as `reserve` made it.
  public func memory(_ slot: Slot, worker: Int) -> UnsafeMutablePointer<Float>? {
    scratch[worker][slot.rawValue]?.pointer
  }
}
