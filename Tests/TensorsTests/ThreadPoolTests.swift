import Synchronization
import Tensors
import Testing

@Suite("Thread pool")
struct ThreadPoolTests {
  private final class Count: Sendable {
    let value = Atomic(0)
  }

  @Test("every task runs once, on a worker of the pool", arguments: [1, 2, 3, 8])
  func once(threads: Int) {
    let pool = ThreadPool(threads: threads)
    for tasks in [0, 1, 2, 7, 100] {
      let counts = (0..<tasks).map { _ in Count() }
      pool.run(tasks) { task, worker in
        #expect((0..<threads).contains(worker))
        counts[task].value.add(1, ordering: .relaxed)
      }
      #expect(counts.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
    }
  }

  @Test("thousands of short loops in a row, from several callers, lose no task")
  func manyLoops() async {
    let pool = ThreadPool(threads: 4)
    await withTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let sum = Atomic<Int>(0)
          for _ in 0..<2000 { pool.run(5) { task, _ in sum.add(task, ordering: .relaxed) } }
          return sum.load(ordering: .relaxed)
        }
      }
      for await sum in group { #expect(sum == 20_000) }
    }
  }

  @Test("ranges cover everything once")
  func ranges() {
    let pool = ThreadPool(threads: 3)
    for (count, pieces) in [(10, 3), (2, 5), (0, 4), (17, 1)] {
      let (counts, ranges) = ((0..<count).map { _ in Count() }, Count())
      pool.run(over: count, pieces: pieces) { range, _ in
        ranges.value.add(1, ordering: .relaxed)
        for index in range { counts[index].value.add(1, ordering: .relaxed) }
      }
      #expect(counts.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
      #expect(ranges.value.load(ordering: .relaxed) <= pieces)
    }
  }
}
