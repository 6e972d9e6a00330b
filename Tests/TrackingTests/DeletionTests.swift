import GRDB
import Support
import Testing
import Tracking

@Suite("Deleting runs")
struct DeletionTests {
  /// Every table that may hold something of a run.
  private static let tables = [
    "runs", "metrics", "artifacts", "tags", "weights", "datasets", "items", "evaluations",
    "experiment_cells", "prediction_rows", "failed_items", "data_notes", "left_out_photos",
  ]

  private func counts(_ store: Store) throws -> [Int] {
    try DatabaseQueue(path: store.path).read { database in
      try Self.tables.map { try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($0)") ?? 0 }
    }
  }

  /// A finished run with one finished cell (two predictions, a failure), and everything else.
  private func furnished() throws -> (bench: Workbench, evaluation: Int64) {
    let bench = try Workbench()
    let id = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    try bench.store.record([
      bench.result(id, item: 0, rank: 1), bench.result(id, item: 1, rank: 1),
      PredictionRecord(
        evaluation: id, item: bench.items[2], draw: 0, outcome: .failed(reason: "torn")),
    ])
    try bench.store.finishEvaluations([id])
    try bench.store.record(metrics: [.init(step: 1, name: "loss", value: 1)], run: bench.run)
    try bench.store.record(
      artifact: Artifact(path: "r.md", kind: "report", sha256: "a"), run: bench.run)
    try bench.store.tag("good", run: bench.run)
    try bench.store.record(notes: ["2 of 5"], dataset: "sample", run: bench.run)
    try bench.store.record(
      leftOut: [LeftOutItem(dataset: "images", item: "a.jpg", reason: "torn")], run: bench.run)
    try bench.store.finishRun(bench.run, status: .finished)
    return (bench, id)
  }

  @Test("nothing of a run is left when nothing else needs it")
  func everything() throws {
    let (bench, _) = try furnished()
    #expect(try counts(bench.store) == [1, 1, 1, 1, 1, 1, 3, 1, 1, 2, 1, 1, 1])
    let done = try #require(try bench.store.deleteRuns([bench.run]) { _, _ in false }.first)
    #expect(done.deleted.map(\.predicted) == [2] && done.metrics == 1)
    #expect(done.artifacts.map(\.path) == ["r.md"])
    #expect(try counts(bench.store) == [Int](repeating: 0, count: Self.tables.count))
    #expect(try bench.store.check().problems == [])
    #expect(throws: UserError.self) { try bench.store.deleteRuns([bench.run]) { _, _ in true } }
  }

  @Test("a cell that another run asks for passes to it, with a note of where it came from")
  func inherited() throws {
    let (bench, evaluation) = try furnished()
    let heir = try bench.store.startRun(Workbench.newRun)
    try bench.store.finishRun(heir, status: .finished)
    let plan = try #require(try bench.store.deletions(ofRuns: [bench.run]) { _, _ in true }.first)
    #expect(plan.inherited.map(\.heir) == [heir] && plan.deleted.isEmpty)
    try bench.store.deleteRuns([bench.run]) { _, _ in true }
    #expect(try bench.store.cells(run: heir).map(\.evaluation) == [evaluation])
    #expect(try bench.store.run(heir)?.notes.contains("From run \(bench.run) (sample") == true)
    #expect(try bench.store.top1().map(\.run) == [heir])
    #expect(try bench.store.check().problems == [])
  }

  @Test("an experiment of another name keeps the cell alone")
  func inheritedByAnotherExperiment() throws {
    let (bench, _) = try furnished()
    let key = try bench.cell().identity.key()
    try bench.store.showCells([key], experiment: "b", dataset: "mine")
    var other = Workbench.newRun
    other.name = "b"
    let heir = try bench.store.startRun(other)
    try bench.store.finishRun(heir, status: .finished)
    try bench.store.deleteRuns([bench.run]) { run, _ in run.name == "b" }
    #expect(try bench.store.top1().map(\.experiment) == ["b"])
  }

  @Test("a cell that shows in an experiment without a run goes only when told so")
  func shared() throws {
    let (bench, _) = try furnished()
    try bench.store.showCells([try bench.cell().identity.key()], experiment: "b", dataset: "mine")
    let before = try counts(bench.store)
    let error = #expect(throws: UserError.self) {
      try bench.store.deleteRuns([bench.run]) { _, _ in false }
    }
    #expect(error?.description.contains("also shown in b") == true)
    #expect(error?.description.contains("--shared") == true)
    #expect(try counts(bench.store) == before)
    let done = try #require(
      try bench.store.deleteRuns([bench.run], deletingShared: true) { _, _ in false }.first)
    #expect(done.shared.map(\.experiments) == [["b"]])
    #expect(try counts(bench.store) == [Int](repeating: 0, count: Self.tables.count))
  }

  /// Changes columns of all rows of `runs`.
  private func edit(_ store: Store, _ assignments: String) throws {
    try DatabaseQueue(path: store.path).write {
      try $0.execute(sql: "UPDATE runs SET \(assignments)")
    }
  }

  @Test("a run that is alive is not deleted, whatever its host is called")
  func alive() throws {
    let bench = try Workbench()
    for host in ["host", "'elsewhere'"] {
      try edit(bench.store, "host = \(host)")
      let error = #expect(throws: UserError.self) {
        try bench.store.deleteRuns([bench.run], force: true) { _, _ in false }
      }
      #expect(error?.description.contains("still running (process") == true)
    }
  }

  @Test("a run elsewhere is deleted when it gave no sign of life for long, and not before")
  func elsewhere() throws {
    let bench = try Workbench()
    try edit(bench.store, "host = 'elsewhere', process_start = 'boot/1', pid = 99999")
    let fresh = #expect(throws: UserError.self) {
      try bench.store.deleteRuns([bench.run], force: true) { _, _ in false }
    }
    #expect(fresh?.description.contains("process 99999 on host elsewhere, last heartbeat") == true)
    try edit(bench.store, "heartbeat_at = NULL")
    let silent = #expect(throws: UserError.self) {
      try bench.store.deleteRuns([bench.run]) { _, _ in false }
    }
    #expect(silent?.description.contains("--force") == true)
    try edit(bench.store, "heartbeat_at = '2020-01-01T00:00:00.000Z'")
    try bench.store.deleteRuns([bench.run]) { _, _ in false }
    #expect(try bench.store.runs().isEmpty)
  }

  @Test("a run of an earlier version elsewhere is deleted when told so")
  func forced() throws {
    let bench = try Workbench()
    try edit(bench.store, "host = 'elsewhere', process_start = 'boot/1', heartbeat_at = NULL")
    try bench.store.deleteRuns([bench.run], force: true) { _, _ in false }
    #expect(try bench.store.runs().isEmpty)
  }

  @Test("several runs are deleted together or not at all, and none inherits from another of them")
  func several() throws {
    let (bench, _) = try furnished()
    let second = try bench.store.startRun(Workbench.newRun)
    let before = try counts(bench.store)
    #expect(throws: UserError.self) {
      try bench.store.deleteRuns([bench.run, second]) { _, _ in true }
    }
    #expect(throws: UserError.self) {
      try bench.store.deleteRuns([bench.run, 77]) { _, _ in true }
    }
    #expect(try counts(bench.store) == before)
    try bench.store.finishRun(second, status: .finished)
    let done = try bench.store.deleteRuns([second, bench.run, second]) { _, _ in true }
    #expect(done.map(\.run.id) == [bench.run, second])
    #expect(done.flatMap(\.inherited).isEmpty)
    #expect(try counts(bench.store) == [Int](repeating: 0, count: Self.tables.count))
  }

  @Test("while a run is at work, datasets and weights stay")
  func besideAWorker() throws {
    let (bench, _) = try furnished()
    let worker = try bench.store.startRun(Workbench.newRun)
    try bench.store.deleteRuns([bench.run]) { _, _ in false }
    _ = try bench.store.beginEvaluation(bench.cell(), run: worker)
    #expect(try bench.store.register(dataset: Workbench.dataset) == bench.items)
    try bench.store.finishRun(worker, status: .finished)
    #expect(try bench.store.vacuum().after > 0)
    #expect(try counts(bench.store)[4...6] == [1, 1, 3], "they have a cell again")
  }

  @Test("vacuum drops the distortions that no cell was distorted by, and keeps the others")
  func distortions() throws {
    let bench = try Workbench()
    for name in ["kept", "unused"] {
      try bench.store.register(distortion: name, definition: "rotation: 1")
    }
    var cell = bench.cell(.distorted, view: .distorted, seed: 1)
    cell.identity.distortion = "kept"
    _ = try bench.store.beginEvaluation(cell, run: bench.run)
    _ = try bench.store.vacuum()
    #expect(try bench.store.definition(ofDistortion: "unused") != nil, "a run is at work")
    try bench.store.finishRun(bench.run, status: .finished)
    _ = try bench.store.vacuum()
    #expect(try bench.store.definition(ofDistortion: "unused") == nil)
    #expect(try bench.store.definition(ofDistortion: "kept") == "rotation: 1")
  }
}
