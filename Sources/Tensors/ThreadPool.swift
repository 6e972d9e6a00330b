import CKernels
import Foundation
import Synchronization

/// A fixed number of threads that share the tasks of one loop at a time.
///
/// Made for the many short loops of a network's layers: a worker that finds nothing to do spins for
/// some ten microseconds, then sleeps. Each thread begins with its share of the tasks, the same part
/// of every loop, since what it wrote in the loop before lies in its core's cache. Then it takes what
/// others have left, so that a thread which the system takes away for a while holds up nobody; results
/// must therefore not depend on which thread runs a task. The calling thread works too: `threads` is
/// the total.
public final class ThreadPool: Sendable {
  /// How many threads work on a loop, the caller included; at least 1.
  public let threads: Int
  private let state: State
  private let rehearsal: LoopRehearsal?
  /// One loop at a time: a second caller waits. Not a `Mutex`, which ThreadSanitizer does not see.
  private let turn = NSLock()

  /// - Parameter threads: the total; values below 1 count as 1.
  public init(threads: Int = AvailableProcessors.count) {
    self.threads = max(threads, 1)
    rehearsal = nil
    state = State(threads: self.threads)
    for worker in 1..<self.threads {
      let thread = Thread { [state] in state.work(as: worker) }
      thread.name = "compute-\(worker)"
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  /// A pool that works alone, as worker 0, and tells `rehearsal` how long each task takes.
  public init(_ rehearsal: LoopRehearsal) {
    threads = rehearsal.threads
    self.rehearsal = rehearsal
    state = State(threads: 1)
  }

  deinit { state.stop() }

  /// Calls `body(task, worker)` for every task in 0..<tasks, each once, `worker` in 0..<threads
  /// telling the scratch memory that the call may use. Returns when all are done. Must not be
  /// called from within `body`.
  public func run(_ tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    if threads == 1 || tasks <= 1 {
      for task in 0..<max(tasks, 0) { body(task, 0) }
      return
    }
    turn.withLock {
      if let rehearsal { return rehearsal.run(tasks, body) }
      withoutActuallyEscaping(body) { body in
        withUnsafePointer(to: body) { state.share(tasks, $0) }
      }
    }
  }

  /// Splits 0..<count into at most `pieces` ranges of nearly equal length and runs them.
  public func run(
    over count: Int, pieces: Int? = nil, _ body: (_ range: Range<Int>, _ worker: Int) -> Void
  ) {
    let pieces = max(min(pieces ?? threads, count), 1)
    run(count == 0 ? 0 : pieces) { piece, worker in
      body(count * piece / pieces..<count * (piece + 1) / pieces, worker)
    }
  }
}

/// What the threads of a pool share. A loop is handed over without a lock: whoever waits for one, or waits
/// for a lock, sleeps, and to be woken takes longer than many a loop.
///
/// Unchecked: `shares` and `body` are written while no loop is open and nobody is active; a worker counts as
/// active before it asks whether a loop is open, and reads them only then. The condition guards `stopped` and
/// the sleep of workers.
private final class State: @unchecked Sendable {
  typealias Body = (Int, Int) -> Void

  private let condition = NSCondition()
  private let generation = Atomic<Int>(0)
  private let isOpen = Atomic<Bool>(false)
  private let shares: [Share]
  private let active = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private var body: UnsafePointer<Body>?
  private var stopped = false

  /// The tasks that a thread begins with; on cache lines of its own.
  private final class Share: Sendable {
    let next = Atomic<Int>(0)
    let end = Atomic<Int>(0)
  }

  init(threads: Int) { shares = (0..<threads).map { _ in Share() } }

  func share(_ count: Int, _ body: UnsafePointer<Body>) {
    // A worker that comes late to the loop before looks whether it is open, and goes.
    waitForWorkers()
    self.body = body
    for (index, share) in shares.enumerated() {
      share.next.store(count * index / shares.count, ordering: .relaxed)
      share.end.store(count * (index + 1) / shares.count, ordering: .relaxed)
    }
    isOpen.store(true, ordering: .sequentiallyConsistent)
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      condition.lock()
      condition.broadcast()
      condition.unlock()
    }

    drain(body, worker: 0)

    // A worker that wakes up only now finds nothing and is not waited for.
    isOpen.store(false, ordering: .sequentiallyConsistent)
    waitForWorkers()
  }

  private func waitForWorkers() {
    var spins = 0
    while active.load(ordering: .sequentiallyConsistent) > 0 {
      spins += 1
      if spins < 20_000 { rg_pause() } else { sched_yield() }
    }
  }

  /// Not inlined: a worker's hold on the closure must end with the call, before it reports back.
  @inline(never)
  private func drain(_ body: UnsafePointer<Body>, worker: Int) {
    for other in 0..<shares.count {
      let share = shares[(worker + other) % shares.count]
      let end = share.end.load(ordering: .relaxed)
      while true {
        let task = share.next.add(1, ordering: .relaxed).oldValue
        if task >= end { break }
        body.pointee(task, worker)
      }
    }
  }

  func work(as worker: Int) {
    var seen = 0
    while waitForLoop(after: &seen) {
      active.add(1, ordering: .sequentiallyConsistent)
      if isOpen.load(ordering: .sequentiallyConsistent), let body {
        drain(body, worker: worker)
      }
      active.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  /// Returns once there was another loop; `false` when there will be none.
  private func waitForLoop(after seen: inout Int) -> Bool {
    var spins = 0
    while generation.load(ordering: .acquiring) == seen, spins < 2_000 {
      spins += 1
      rg_pause()
    }
    if generation.load(ordering: .acquiring) == seen {
      condition.lock()
      defer { condition.unlock() }
      sleepers.add(1, ordering: .sequentiallyConsistent)
      while generation.load(ordering: .sequentiallyConsistent) == seen, !stopped {
        condition.wait()
      }
      sleepers.subtract(1, ordering: .sequentiallyConsistent)
      if stopped { return false }
    }
    seen = generation.load(ordering: .acquiring)
    return true
  }

  func stop() {
    condition.lock()
    stopped = true
    condition.broadcast()
    condition.unlock()
  }
}
