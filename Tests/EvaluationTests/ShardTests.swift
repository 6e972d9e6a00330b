import Evaluation
import Testing
import Tracking

@Suite("Parts of an experiment")
struct ShardTests {
  @Test("parts of any number of batches cover them once, in sizes that differ by one at most")
  func ranges() throws {
    for count in 1...7 {
      for total in 0...30 {
        let ranges = try (0..<count).map {
          try #require(Shard(index: $0, count: count)).range(of: total)
        }
        #expect(ranges.flatMap(Array.init) == Array(0..<total))
        let sizes = ranges.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
      }
    }
  }

  @Test("only i/n with 0 ≤ i < n is a part")
  func parsing() {
    #expect(Shard("2/3")?.description == "2/3")
    for text in ["", "3/3", "-1/3", "1", "1/", "/3", "1/0", "0/-1", "1/2/3", "a/b", "0/1000001"] {
      #expect(Shard(text) == nil, "\(text)")
    }
  }

  @Test("any order of parts, some twice, one dying, ends with an undivided run's rows")
  func anyOrder() throws {
    let undivided = Laboratory()
    _ = try undivided.runner(FakeSource(count: 7)).run()
    let expected = try undivided.rows()
    let laboratory = Laboratory()
    func part(_ text: String, dying: Int? = nil) throws -> FakeSource {
      var source = FakeSource(count: 7)
      source.batchesBeforeDeath = dying
      let options = EvaluationOptions(batchSize: 4, shard: Shard(text))
      _ = try laboratory.runner(source, options: options).run()
      return source
    }
    // 21 pairs in 6 batches of 4.
    #expect(try part("2/3").counter["batch"] == 2)
    #expect(try part("2/3").counter["batch"] == 0)
    #expect(throws: (any Error).self) { try part("0/3", dying: 1) }
    #expect(try part("1/3").counter["batch"] == 2)
    #expect(try Store(path: laboratory.path).top1().isEmpty)
    #expect(try part("0/3").counter["batch"] == 1)
    #expect(try laboratory.rows() == expected)
    let store = try Store(path: laboratory.path)
    #expect(try store.top1().count == 6 && store.check().problems == [])
    #expect(try store.runs().map(\.status) == [.finished, .finished, .finished])
    #expect(try store.runs().map(\.resumed).reduce(0, +) == 1)
  }

  @Test("a run's configuration asks for its cells and for no others")
  func asksFor() throws {
    let laboratory = Laboratory()
    _ = try laboratory.runner(FakeSource(count: 6)).run()
    var other = Laboratory.experiment
    other.seed = 9
    _ = try laboratory.runner(FakeSource(count: 6), experiment: other).run()
    let store = try Store(path: laboratory.path)
    let configurations = try store.runs().reversed().compactMap {
      $0.evaluation
    }
    for (configuration, seed) in zip(configurations, [3, 9] as [UInt64]) {
      for cell in try store.cells() {
        let isAsked = cell.identity.seed == nil || cell.identity.seed == seed
        #expect(configuration.asks(for: cell.identity) == isAsked, "\(cell.name)")
      }
    }
    // The canonical cells of the first run pass to the second.
    let deletions = try store.deleteRuns([1]) {
      $0.evaluation?.asks(for: $1) ?? false
    }
    let deletion = try #require(deletions.first)
    #expect(deletion.inherited.count == 2 && deletion.deleted.count == 4)
    #expect(try store.cells().count == 6 && store.check().problems == [])
  }

  @Test("a run that was killed when all was computed is finished by the next call")
  func killedAtTheEnd() throws {
    let laboratory = Laboratory()
    _ = try laboratory.runner(FakeSource(count: 6)).run()
    let store = try Store(path: laboratory.path)
    let run = try #require(try store.run(1))
    // A run of the same configuration that came to its end without saying so.
    let killed = try store.startRun(
      NewRun(
        kind: .evaluate, name: run.name, configuration: run.configuration, command: "",
        versions: [:]))
    try store.finishRun(killed, status: .interrupted)
    let outcome = try laboratory.runner(FakeSource(count: 6)).run()
    #expect(outcome.run == nil)
    #expect(try store.runs().map(\.status) == [.finished, .finished])
  }
}
