import GRDB
import Support
import Testing
import Tracking

@Suite("Evaluations and predictions")
struct PredictionTests {
  @Test("the view predictions reads as the contract says, with plain SQL")
  func predictionsView() throws {
    let bench = try Workbench()
    let id = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    try bench.store.record([bench.result(id, item: 2, rank: 4)])
    let row = try DatabaseQueue(path: bench.store.path).read {
      try Row.fetchOne($0, sql: "SELECT * FROM predictions")
    }
    #expect(
      row == [
        "evaluation_id": id, "item": "c.jpg", "draw": 0, "label": 999, "predicted": 7,
        "label_rank": 4, "probability": 0.75, "label_probability": 0.25,
      ])
  }

  @Test("top1 has a row for a finished cell only, in percent")
  func top1View() throws {
    let bench = try Workbench()
    let id = try bench.store.beginEvaluation(
      bench.cell(.distorted, view: .distorted, seed: 1, draws: 2), run: bench.run)
    let open = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    var batch = [bench.result(open, item: 0)]
    for item in 0..<3 {
      for draw in 0..<2 { batch.append(bench.result(id, item: item, draw: draw, rank: item)) }
    }
    try bench.store.record(Array(batch.dropLast()))
    #expect(try bench.store.finishEvaluations([id, open]).isEmpty)
    #expect(try bench.store.top1().isEmpty)
    try bench.store.record(batch)
    #expect(try bench.store.finishEvaluations([id, open]) == [id])
    let rows = try bench.store.top1()
    #expect(rows.count == 1)
    let row = try #require(rows.first)
    #expect(row.run == bench.run && row.experiment == "sample" && row.dataset == "sample")
    #expect(row.model == "squeezenet1_1" && row.condition == "distorted" && row.corrector == nil)
    #expect(row.draws == 2 && row.correct == 2 && row.total == 6)
    #expect(try #require(row.top1) == 100.0 * 2 / 6)
  }

  @Test("a cell without any prediction has a null top1")
  func allFailed() throws {
    let bench = try Workbench()
    let id = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    try bench.store.record(
      bench.items.map {
        PredictionRecord(
          evaluation: id, item: $0, draw: 0, outcome: .failed(reason: "not a JPEG file"))
      })
    #expect(try bench.store.finishEvaluations([id]) == [id])
    #expect(try bench.store.top1().map(\.top1) == [nil])
    #expect(try bench.store.failedItems(evaluation: id).count == 3)
  }

  @Test("a batch may be repeated, and a success takes a failure's place")
  func idempotent() throws {
    let bench = try Workbench()
    let id = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    let failure = PredictionRecord(
      evaluation: id, item: bench.items[1], draw: 0, outcome: .failed(reason: "cannot be read"))
    for _ in 0..<2 { try bench.store.record([bench.result(id, item: 0, rank: 1), failure]) }
    #expect(
      try bench.store.failedItems(evaluation: id)
        == [FailedItem(item: "b.jpg", reason: "cannot be read")])
    #expect(
      try bench.store.recorded(evaluation: id, items: bench.items, draws: 1)
        == [true, false, false])
    try bench.store.record([bench.result(id, item: 1)])
    #expect(try bench.store.failedItems(evaluation: id).isEmpty)
    #expect(
      try bench.store.tallies(evaluation: id)
        == [
          ItemTally(item: "a.jpg", correct: 0, inTop5: 1, total: 1),
          ItemTally(item: "b.jpg", correct: 1, inTop5: 1, total: 1),
        ])
    // Where the rank of a right class is not known, neither is top-5.
    try bench.store.record([
      bench.result(id, item: 0, rank: Prediction.unknownRank), bench.result(id, item: 1, rank: 5),
    ])
    #expect(try bench.store.tallies(evaluation: id).map(\.inTop5) == [nil, 0])
  }

  @Test("a batch that fails leaves nothing behind")
  func atomic() throws {
    let bench = try Workbench()
    let id = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    #expect(throws: UserError.self) {
      try bench.store.record([bench.result(id, item: 0), bench.result(id + 99, item: 1)])
    }
    #expect(try bench.store.tallies(evaluation: id).isEmpty)
  }

  @Test("the same cell is one evaluation, whichever experiment or run asks for it")
  func sharedCell() throws {
    let bench = try Workbench()
    let id = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    let second = try bench.store.startRun(Workbench.newRun)
    #expect(try bench.store.beginEvaluation(bench.cell(experiment: "b"), run: second) == id)
    let owner = try #require(try bench.store.evaluations(experiment: "b").first)
    #expect(owner.runID == bench.run, "a run that is still at it keeps its cell")
    try bench.store.record((0..<3).map { bench.result(id, item: $0) })
    try bench.store.finishEvaluations([id])
    let key = try bench.cell().identity.key()
    #expect(try bench.store.finishedCells(among: [key, "x"]) == [key])
    try bench.store.showCells([key, "x"], experiment: "c", dataset: "mine")
    #expect(try bench.store.top1().map(\.experiment) == ["b", "c", "sample"])
    #expect(try bench.store.top1()[1].dataset == "mine")
    #expect(try bench.store.experiments() == ["b", "c", "sample"])
  }

  @Test("an unfinished cell of an interrupted run passes to the run that goes on with it")
  func takenOver() throws {
    let bench = try Workbench()
    let id = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    try bench.store.finishRun(bench.run, status: .interrupted)
    let second = try bench.store.startRun(Workbench.newRun)
    #expect(try bench.store.beginEvaluation(bench.cell(), run: second) == id)
    #expect(try bench.store.evaluations(experiment: "sample").first?.runID == second)
  }

  @Test("seed, draws, engine and every digest make another cell; absent values do not")
  func identity() throws {
    let bench = try Workbench()
    let base = bench.cell(.distorted, view: .distorted, seed: 1, draws: 2).identity
    var keys: Set<String> = [try base.key()]
    let changes: [(inout CellIdentity) -> Void] = [
      { $0.seed = 2 }, { $0.draws = 3 }, { $0.engine = "onednn" }, { $0.precision = "bfloat16" },
      { $0.weights = "w2" }, { $0.dataset = "f2" }, { $0.corrector = "c" }, { $0.view = .raw },
      { $0.distortion = "paper" }, { $0.model = "vgg11" }, { $0.condition = .corrected },
    ]
    for change in changes {
      var other = base
      change(&other)
      keys.insert(try other.key())
    }
    #expect(keys.count == changes.count + 1)
    #expect(keys.allSatisfy { $0.count == 64 })
  }

  @Test("a known dataset keeps its item ids; other labels under its fingerprint are refused")
  func datasets() throws {
    let bench = try Workbench()
    #expect(try bench.store.register(dataset: Workbench.dataset) == bench.items)
    let other = DatasetRecord(
      fingerprint: "f1", name: "sample", kind: "labelled-folder", path: "/elsewhere",
      items: [.init(name: "a.jpg", label: 4)])
    #expect(throws: UserError.self) { try bench.store.register(dataset: other) }
  }
}
