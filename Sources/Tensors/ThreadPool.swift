import CKernels
import Foundation
import Synchronization

/// A fixed number of threads that share the tasks of one loop at a time.
///
/// Made for the many short loops of a network's layers: a worker that finds nothing to do spins for
/// some ten microseconds, then sleeps. Tasks are handed out one by one, so that a thread which the
/// system takes away for a while holds up nobody; results must therefore not depend on which thread
/// runs a task. The calling thread works too: `threads` is the total.
public final class ThreadPool: Sendable {
  /// How many threads work on a loop, the caller included; at least 1.
  public let threads: Int
  private let state: State
  /// One loop at a time: a second caller waits.
  private let turn = Mutex(())

  /// - Parameter threads: the total; values below 1 count as 1.
  public init(threads: Int = AvailableProcessors.count) {
    self.threads = max(threads, 1)
    state = State()
    for worker in 1..<self.threads {
      let thread = Thread { [state] in state.work(as: worker) }
      thread.name = "compute-\(worker)"
      thread.stackSize = 1 << 20
      thread.start()
    }
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
    turn.withLock { _ in
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

/// What the threads of a pool share. The condition guards `body`, `tasks` and `stopped`; the
/// atomics are read without it.
private final class State: @unchecked Sendable {
  typealias Body = (Int, Int) -> Void

  private let condition = NSCondition()
  private let generation = Atomic<Int>(0)
  private let nextTask = Atomic<Int>(0)
  private let active = Atomic<Int>(0)
  private var tasks = 0
  private var body: UnsafePointer<Body>?
  private var stopped = false

  func share(_ count: Int, _ body: UnsafePointer<Body>) {
    condition.lock()
    tasks = count
    self.body = body
    nextTask.store(0, ordering: .relaxed)
    generation.add(1, ordering: .releasing)
    condition.broadcast()
    condition.unlock()

    drain(count, body, worker: 0)

    // Closes the loop: a worker that wakes up only now finds nothing and is not waited for.
    condition.lock()
    self.body = nil
    condition.unlock()
    var spins = 0
    while active.load(ordering: .acquiring) > 0 {
      spins += 1
      if spins < 20_000 { rg_pause() } else { sched_yield() }
    }
  }

  /// Not inlined: a worker's hold on the closure must end with the call, before it reports back.
  @inline(never)
  private func drain(_ count: Int, _ body: UnsafePointer<Body>, worker: Int) {
    while true {
      let task = nextTask.add(1, ordering: .relaxed).oldValue
      if task >= count { return }
      body.pointee(task, worker)
    }
  }

  func work(as worker: Int) {
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen, spins < 2_000 {
        spins += 1
        rg_pause()
      }
      condition.lock()
      while generation.load(ordering: .relaxed) == seen, !stopped { condition.wait() }
      if stopped {
        condition.unlock()
        return
      }
      seen = generation.load(ordering: .relaxed)
      let (count, job) = (tasks, body)
      if job != nil { active.add(1, ordering: .relaxed) }
      condition.unlock()
      if let job {
        drain(count, job, worker: worker)
        active.subtract(1, ordering: .releasing)
      }
    }
  }

  func stop() {
    condition.lock()
    stopped = true
    condition.broadcast()
    condition.unlock()
  }
}
