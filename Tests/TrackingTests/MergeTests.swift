import GRDB
import Support
import Testing
import Tracking

@Suite("Merging databases")
struct MergeTests {
  /// Every table, without the ids and times that may differ.
  private func content(_ store: Store) throws -> [[String]] {
    try DatabaseQueue(path: store.path).read { database in
      try [
        "runs", "metrics", "artifacts", "tags", "weights", "datasets", "items", "evaluations",
        "experiment_cells", "prediction_rows", "failed_items", "data_notes", "left_out_photos",
      ].map { table in
        try Row.fetchAll(database, sql: "SELECT * FROM \(table)").map(\.description)
      }
    }
  }

  /// A bench whose run has a distorted cell of 3 images × 2 draws with these results, and a metric.
  private func bench(_ results: [(item: Int, draw: Int)], name: String) throws -> Workbench {
    let bench = try Workbench()
    try DatabaseQueue(path: bench.store.path).write {
      try $0.execute(sql: "UPDATE runs SET command = ?", arguments: [name])
    }
    let id = try begin(bench)
    try bench.store.record(results.map { bench.result(id, item: $0.item, draw: $0.draw, rank: 1) })
    try bench.store.record(metrics: [.init(step: 1, name: "loss", value: 2)], run: bench.run)
    try bench.store.tag(name, run: bench.run)
    try bench.store.record(notes: ["of \(name)"], dataset: "sample", run: bench.run)
    try bench.store.record(
      leftOut: [LeftOutItem(dataset: "images", item: name, reason: "torn")], run: bench.run)
    try bench.store.finishEvaluations([id])
    try bench.store.finishRun(bench.run, status: .finished)
    return bench
  }

  private func begin(_ bench: Workbench) throws -> Int64 {
    try bench.store.beginEvaluation(
      bench.cell(.distorted, view: .distorted, seed: 1, draws: 2), run: bench.run)
  }

  @Test("parts of one cell become the whole, with their runs; again, nothing changes")
  func parts() throws {
    let first = try bench([(0, 0), (0, 1)], name: "first")
    let second = try bench([(1, 0), (1, 1), (2, 0), (2, 1)], name: "second")
    let untouched = try content(second.store)
    let summary = try first.store.merge(from: second.store.path)
    #expect(summary.runs == 1 && summary.cells == 0 && summary.predictions == 4)
    #expect(summary.metrics == 1 && summary.failures == 0)
    #expect(try first.store.top1().map(\.total) == [6])
    #expect(try first.store.runs().map(\.command) == ["second", "first"])
    #expect(try first.store.tags(run: 2) == ["second": ""])
    #expect(try first.store.dataNotes(run: 2).map(\.text) == ["of second"])
    #expect(try first.store.leftOut(run: 2).map(\.item) == ["second"])
    #expect(try first.store.check().problems == [])
    #expect(try content(second.store) == untouched)
    let merged = try content(first.store)
    #expect(try first.store.merge(from: second.store.path).isEmpty)
    #expect(try content(first.store) == merged)
  }

  @Test("into an empty database, everything comes with new ids")
  func intoEmpty() throws {
    let folder = try TemporaryFolder()
    let source = try bench([(0, 0), (1, 0), (2, 1)], name: "only")
    let store = try Store(path: folder.file("new.sqlite"))
    _ = try store.startRun(Workbench.newRun)
    let summary = try store.merge(from: source.store.path)
    #expect(summary.runs == 1 && summary.cells == 1 && summary.predictions == 3)
    #expect(try store.cells().map(\.run) == [2] && store.cells().map(\.isFinished) == [false])
    #expect(
      try store.predictions(experiment: "sample") == source.store.predictions(experiment: "sample"))
    #expect(try store.check().problems == [])
  }

  @Test("a contradiction names the first row, and nothing is merged")
  func contradiction() throws {
    let first = try bench([(0, 0), (1, 1)], name: "first")
    let second = try bench([(2, 0)], name: "second")
    try second.store.record([second.result(try begin(second), item: 1, draw: 1, rank: 5)])
    let before = try content(first.store)
    let error = #expect(throws: UserError.self) {
      try first.store.merge(from: second.store.path)
    }
    #expect(
      error?.description.contains("squeezenet1_1, distorted, b.jpg, draw 1") == true, "\(error)")
    #expect(try content(first.store) == before)
    let third = try bench([(0, 1)], name: "third")
    #expect(try first.store.merge(from: third.store.path).predictions == 1)
  }

  @Test("a prediction takes a failure's place, whichever database has it")
  func failures() throws {
    let first = try bench([(0, 0)], name: "first")
    let second = try bench([(1, 0)], name: "second")
    let failure = { (bench: Workbench, item: Int) in
      PredictionRecord(
        evaluation: 1, item: bench.items[item], draw: 0, outcome: .failed(reason: "torn"))
    }
    try first.store.record([failure(first, 1), failure(first, 2)])
    try second.store.record([failure(second, 0), failure(second, 2)])
    let summary = try first.store.merge(from: second.store.path)
    #expect(summary.predictions == 1 && summary.failures == 0)
    #expect(try first.store.failedItems(evaluation: 1).map(\.item) == ["c.jpg"])
    #expect(try first.store.check().problems == [])
  }

  @Test("a run that went on in the other database is brought up to date; a live one is not")
  func continued() throws {
    let folder = try TemporaryFolder()
    let source = try Workbench()
    let store = try Store(path: folder.file("copy.sqlite"))
    _ = try store.merge(from: source.store.path)
    #expect(try store.runs().map(\.status) == [.interrupted], "it runs there, not here")
    try source.store.finishRun(source.run, status: .finished)
    #expect(try store.merge(from: source.store.path).runs == 1)
    #expect(try store.runs().map(\.status) == [.finished])
    // The older state of the copy does not undo the newer one.
    let live = try Workbench()
    try live.store.finishRun(live.run, status: .interrupted)
    let copy = try Store(path: folder.file("second.sqlite"))
    _ = try copy.merge(from: live.store.path)
    try live.store.resumeRun(live.run)
    #expect(try live.store.merge(from: copy.path).isEmpty)
    #expect(try live.store.run(live.run)?.status == .running)
  }

  @Test("a database cannot be merged into itself, nor one that is not there")
  func impossible() throws {
    let bench = try Workbench()
    let itself = #expect(throws: UserError.self) {
      try bench.store.merge(from: bench.folder.path + "/./results.sqlite")
    }
    #expect(itself?.description.contains("is the database itself") == true)
    let missing = #expect(throws: UserError.self) {
      try bench.store.merge(from: bench.folder.file("no.sqlite"))
    }
    #expect(missing?.description.contains("no such database") == true)
  }

  @Test("the same dataset with another label is refused")
  func otherLabels() throws {
    let (first, second) = (try bench([(0, 0)], name: "a"), try bench([(1, 0)], name: "b"))
    try DatabaseQueue(path: second.store.path).write {
      try $0.execute(sql: "UPDATE items SET label = 4 WHERE name = 'b.jpg'")
    }
    let error = #expect(throws: UserError.self) {
      try first.store.merge(from: second.store.path)
    }
    #expect(error?.description.contains("sample, b.jpg") == true)
  }
}
