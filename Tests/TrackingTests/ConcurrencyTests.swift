import Foundation
import GRDB
import Synchronization
import Testing
import Tracking

@Suite("Several writers and readers of one database")
struct ConcurrencyTests {
  private static let writers = 4
  private static let batches = 40
  private static let draws = writers * batches

  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  /// One connection of its own a task, as processes have.
  @Test("no writer loses a batch, and a reader never sees half of one")
  func atOnce() async throws {
    let bench = try Workbench()
    let path = bench.store.path
    let id = try bench.store.beginEvaluation(
      bench.cell(.distorted, view: .distorted, seed: 1, draws: Self.draws), run: bench.run)
    let isOver = Flag()
    async let halves = Self.watch(path, id, isOver)
    try await withThrowingTaskGroup { group in
      for writer in 0..<Self.writers {
        group.addTask {
          let store = try Store(path: path)
          for batch in 0..<Self.batches {
            let draw = writer * Self.batches + batch
            // Each batch has all three images of one draw.
            try store.record((0..<3).map { bench.result(id, item: $0, draw: draw) })
          }
        }
      }
      try await group.waitForAll()
    }
    isOver.isSet.store(true, ordering: .relaxed)
    let seen = try await halves
    #expect(seen.reads > 0 && seen.halves == 0)
    #expect(try bench.store.finishEvaluations([id]) == [id])
    #expect(try bench.store.cells().map(\.predicted) == [3 * Self.draws])
  }

  @Test("all of those that create the same file at the same moment get it")
  func creation() throws {
    let folder = try TemporaryFolder()
    let problems = Mutex<[String]>([])
    for round in 0..<8 {
      DispatchQueue.concurrentPerform(iterations: 6) { _ in
        do {
          _ = try Store(path: folder.file("\(round).sqlite"))
        } catch {
          problems.withLock { $0.append("\(error)") }
        }
      }
    }
    #expect(problems.withLock { $0 } == [])
  }

  /// Counts draws of which not all three images are there, again and again.
  private static func watch(
    _ path: String, _ id: Int64, _ isOver: Flag
  ) async throws -> (reads: Int, halves: Int) {
    let queue = try DatabaseQueue(path: path)
    var (reads, halves) = (0, 0)
    repeat {
      halves += try await queue.read { database in
        try Int.fetchOne(
          database,
          sql: """
            SELECT COUNT(*) FROM (SELECT draw FROM prediction_rows WHERE evaluation_id = ?
              GROUP BY draw HAVING COUNT(*) <> 3)
            """,
          arguments: [id]) ?? 0
      }
      reads += 1
    } while !isOver.isSet.load(ordering: .relaxed)
    return (reads, halves)
  }

  @Test("a run whose cell another run completes at the same moment is finished once")
  func finishedOnce() async throws {
    let bench = try Workbench()
    let id = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    let finished = try await withThrowingTaskGroup(of: Int.self) { group in
      for item in 0..<3 {
        group.addTask {
          let store = try Store(path: bench.store.path)
          try store.record([bench.result(id, item: item)])
          return try store.finishEvaluations([id]).count
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(finished == 1)
  }
}
