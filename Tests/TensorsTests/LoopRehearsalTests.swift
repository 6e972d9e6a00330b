import Tensors
import Testing

@Suite("Rehearsed loops")
struct LoopRehearsalTests {
  private func span(_ seconds: [Int], threads: Int) -> Duration {
    LoopRehearsal.span(seconds.map { .seconds($0) }, threads: threads)
  }

  @Test("tasks are handed out as the pool's threads take them")
  func span() {
    #expect(span([1, 1, 1, 1], threads: 2) == .seconds(2))
    // The first thread is busy with its first task when the second has done its share, and takes its second.
    #expect(span([3, 1, 1, 1], threads: 2) == .seconds(3))
    #expect(span([1, 1, 1, 5], threads: 2) == .seconds(6))
    #expect(span([1, 1, 1], threads: 2) == .seconds(2))
    #expect(span([2, 3], threads: 8) == .seconds(3))
    #expect(span([2, 3], threads: 1) == .seconds(5))
    #expect(span([], threads: 4) == .zero)
  }

  @Test("every task runs once, and its time counts shared, other time whole")
  func duration() {
    let rehearsal = LoopRehearsal(threads: 4)
    let pool = ThreadPool(rehearsal)
    #expect(pool.threads == 4)
    var counts = [0, 0, 0, 0]
    let work = {
      let until = ContinuousClock.now + .milliseconds(20)
      while ContinuousClock.now < until {}
    }
    var shared = Duration.zero
    let whole = ContinuousClock().measure {
      shared = rehearsal.duration(handover: .seconds(1)) {
        work()
        counts.withUnsafeMutableBufferPointer { counts in
          pool.run(4) { task, worker in
            work()
            counts[task] += worker == 0 ? 1 : 100
          }
        }
      }
    }
    // The work before the loop, a second to hand it over and the longest task; three tasks take no time of their own.
    #expect(shared >= .milliseconds(1040) && shared <= whole + .milliseconds(940))
    #expect(counts == [1, 1, 1, 1])
  }
}
