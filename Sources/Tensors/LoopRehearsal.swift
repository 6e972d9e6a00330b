import Synchronization

/// How long loops would take on more threads than there are processors, found out on one: each task runs alone
/// and is timed, and then the tasks are handed out as a `ThreadPool` of so many threads hands them out.
///
/// A task that runs alone has the caches, the memory and the clock for itself, so that a rehearsal knows of tasks
/// that are too few or too unequal and of what no loop contains, and of nothing else.
public final class LoopRehearsal: Sendable {
  /// How many threads share a loop; at least 1.
  public let threads: Int

  /// What a piece of work did.
  public struct Recording: Sendable {
    /// How long each task of each loop took, in order.
    public fileprivate(set) var loops: [[Duration]] = []
    /// What was done outside of loops.
    public fileprivate(set) var outside = Duration.zero
  }

  private let current = Mutex(Recording())

  /// - Parameter threads: values below 1 count as 1.
  public init(threads: Int) { self.threads = max(threads, 1) }

  /// Runs `body`, whose loops a pool that rehearses with this shares.
  public func record(_ body: () throws -> Void) rethrows -> Recording {
    current.withLock { $0 = Recording() }
    let whole = try ContinuousClock().measure(body)
    return current.withLock { recording in
      recording.outside += whole
      return recording
    }
  }

  /// Runs every task, one after the other, as worker 0: a core has its scratch memory in its own cache, and here
  /// there is one core.
  func run(_ tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    let clock = ContinuousClock()
    let start = clock.now
    let durations = (0..<tasks).map { task in clock.measure { body(task, 0) } }
    let whole = clock.now - start
    current.withLock {
      $0.outside -= whole
      $0.loops.append(durations)
    }
  }

  /// How long work would take that was recorded several times: of each task, and of what is outside of loops, the
  /// median counts, since one that was held up would hold up its loop.
  ///
  /// - Parameter handover: what a loop costs besides its tasks: until the threads have it, and until the caller
  ///   knows that they are done.
  /// - Returns: `nil` without a recording, or where two of them have other loops.
  public func duration(of recordings: [Recording], handover: Duration) -> Duration? {
    guard let first = recordings.first,
      recordings.allSatisfy({ $0.loops.map(\.count) == first.loops.map(\.count) })
    else { return nil }
    func median(_ value: (Recording) -> Duration) -> Duration {
      recordings.map(value).sorted()[recordings.count / 2]
    }
    let shared = first.loops.indices.map { loop in
      Self.span(
        first.loops[loop].indices.map { task in median { $0.loops[loop][task] } }, threads: threads)
    }
    return median(\.outside) + shared.reduce(.zero, +) + handover * shared.count
  }

  /// From the first task's beginning to the last one's end: each thread begins with its share, then takes from the
  /// others', the next one's first.
  package static func span(_ durations: [Duration], threads: Int) -> Duration {
    let count = durations.count
    var next = (0..<threads).map { count * $0 / threads }
    let ends = (0..<threads).map { count * ($0 + 1) / threads }
    var times = [Duration](repeating: .zero, count: threads)
    for _ in 0..<count {
      let worker = times.indices.min { times[$0] < times[$1] } ?? 0
      let places = (0..<threads).map { (worker + $0) % threads }
      guard let share = places.first(where: { next[$0] < ends[$0] }) else { break }
      times[worker] += durations[next[share]]
      next[share] += 1
    }
    return times.max() ?? .zero
  }
}
