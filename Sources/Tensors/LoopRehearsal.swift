import Synchronization

/// How long loops would take on more threads than there are processors, found out on one: each task runs alone
/// and is timed, and then the tasks are handed out as a `ThreadPool` of so many threads hands them out.
///
/// A task that runs alone has the caches, the memory and the clock for itself, so that a rehearsal knows of tasks
/// that are too few or too unequal and of what no loop contains, and of nothing else.
public final class LoopRehearsal: Sendable {
  /// How many threads share a loop; at least 1.
  public let threads: Int

  private struct Record {
    /// The tasks of each loop.
    var loops: [[Duration]] = []
    /// Of all loops, as they ran.
    var alone = Duration.zero
  }

  private let record = Mutex(Record())

  /// - Parameter threads: values below 1 count as 1.
  public init(threads: Int) { self.threads = max(threads, 1) }

  /// How long `body` would take, whose loops a pool that rehearses with this shares.
  ///
  /// - Parameter handover: what a loop costs besides its tasks: until the threads have it, and until the caller
  ///   knows that they are done.
  public func duration(handover: Duration, _ body: () throws -> Void) rethrows -> Duration {
    record.withLock { $0 = Record() }
    let whole = try ContinuousClock().measure(body)
    let found = record.withLock { $0 }
    let shared = found.loops.reduce(.zero) { $0 + handover + Self.span($1, threads: threads) }
    return whole - found.alone + shared
  }

  /// Runs every task, one after the other, as worker 0: a core has its scratch memory in its own cache, and here
  /// there is one core.
  func run(_ tasks: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    let clock = ContinuousClock()
    let start = clock.now
    let durations = (0..<tasks).map { task in clock.measure { body(task, 0) } }
    let whole = clock.now - start
    record.withLock {
      $0.alone += whole
      $0.loops.append(durations)
    }
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
