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

  @Test("every task runs once, as worker 0, and takes its time within its loop")
  func record() throws {
    let rehearsal = LoopRehearsal(threads: 4)
    let pool = ThreadPool(rehearsal)
    #expect(pool.threads == 4)
    var counts = [0, 0, 0, 0]
    let work = {
      let until = ContinuousClock.now + .milliseconds(20)
      while ContinuousClock.now < until {}
    }
    var recorded: LoopRehearsal.Recording?
    let whole = ContinuousClock().measure {
      recorded = rehearsal.record {
        work()
        counts.withUnsafeMutableBufferPointer { counts in
          pool.run(4) { task, worker in
            work()
            counts[task] += worker == 0 ? 1 : 100
          }
        }
      }
    }
    #expect(counts == [1, 1, 1, 1])
    let recording = try #require(recorded)
    let tasks = try #require(recording.loops.first)
    #expect(recording.loops.count == 1 && tasks.count == 4)
    #expect(tasks.allSatisfy { $0 >= .milliseconds(20) })
    #expect(recording.outside >= .milliseconds(20))
    #expect(recording.outside + tasks.reduce(.zero, +) <= whole)
    // Each thread has a task: the longest of them counts, a second to hand them over, and what is outside.
    let duration = rehearsal.duration(of: [recording], handover: .seconds(1))
    #expect(duration == recording.outside + .seconds(1) + (tasks.max() ?? .zero))
    // Work without loops cannot be the same work.
    let other = rehearsal.record {}
    #expect(rehearsal.duration(of: [recording, other], handover: .zero) == nil)
    #expect(rehearsal.duration(of: [], handover: .zero) == nil)
  }
}
