import Support
import Testing
import Tracking

@Suite("Several calls as one transaction")
struct AtomicTests {
  @Test("what was written before an error is gone, and the store goes on")
  func rollBack() throws {
    let bench = try Workbench()
    #expect(throws: UserError.self) {
      try bench.store.atomically {
        _ = try bench.store.startRun(Workbench.newRun)
        try bench.store.note("x", run: bench.run)
        throw UserError("stop")
      }
    }
    #expect(try bench.store.runs().count == 1)
    #expect(try bench.store.run(bench.run)?.notes == "")
    try bench.store.atomically {
      _ = try bench.store.startRun(Workbench.newRun)
      try bench.store.note("y", run: bench.run)
    }
    #expect(try bench.store.runs().count == 2)
    #expect(try bench.store.run(bench.run)?.notes == "y")
  }
}
