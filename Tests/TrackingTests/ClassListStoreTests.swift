import GRDB
import Testing
import Tracking

@Suite("Datasets of other classes, or with several right ones")
struct ClassListStoreTests {
  private static let list = ClassListRecord(digest: "l1", ids: ["cat", "dog"])
  private static let dataset = DatasetRecord(
    fingerprint: "f2", name: "pets", kind: "class-folders", path: "/pets",
    items: [.init(name: "a.jpg", label: 1), .init(name: "b.jpg", label: 0, alsoRight: [1])],
    classList: list)

  /// A cell of both images, of which the second is predicted as its second right class.
  private func fill(_ bench: Workbench) throws -> Int64 {
    let items = try bench.store.register(dataset: Self.dataset)
    let cell = NewEvaluation(
      identity: CellIdentity(
        model: "squeezenet1_1", weights: "w1", dataset: "f2", condition: .canonical,
        view: .canonical, seed: nil, draws: 1, engine: "openblas", precision: "float32"),
      experiment: "pets", experimentDigest: "e", datasetName: "pets", expected: 2,
      engineVersion: "x", threads: 1)
    let id = try bench.store.beginEvaluation(cell, run: bench.run)
    try bench.store.record(
      items.map { item in
        PredictionRecord(
          evaluation: id, item: item, draw: 0,
          outcome: .predicted(
            Prediction(predicted: 1, labelRank: 0, probability: 0.75, labelProbability: 0.75)))
      })
    try bench.store.finishEvaluations([id])
    return id
  }

  @Test("an image is found by each of its right classes")
  func foundByEachClass() throws {
    let bench = try Workbench()
    var query = ImageQuery(evaluation: try fill(bench))
    for (label, names) in [(0, ["b.jpg"]), (1, ["a.jpg", "b.jpg"]), (2, [])] {
      query.label = label
      #expect(try bench.store.images(query).images.map(\.outcome.item) == names)
    }
  }

  @Test("they come back as they were stored, also through a merge, and are sound")
  func roundTrip() throws {
    let bench = try Workbench()
    _ = try fill(bench)
    let other = try Store(path: bench.folder.file("other.sqlite"))
    _ = try other.merge(from: bench.store.path)
    for store in [bench.store, other] {
      let cell = try #require(try store.evaluations(experiment: "pets").first)
      #expect(cell.classList == "l1")
      #expect(try store.classes(ofList: "l1") == Self.list)
      let known = try #require(try store.datasets(named: "pets", experiment: "pets").first)
      #expect(known == Self.dataset)
      #expect(try store.check().problems == [])
    }
    #expect(throws: (any Error).self) { try bench.store.classes(ofList: "l2") }
  }

  @Test("a class beyond the list is found, though ImageNet has it")
  func beyond() throws {
    let bench = try Workbench()
    let id = try fill(bench)
    try DatabaseQueue(path: bench.store.path).write {
      try $0.execute(
        sql: "UPDATE prediction_rows SET predicted = 2 WHERE evaluation_id = ?", arguments: [id])
    }
    let problems = try bench.store.check().problems
    #expect(problems.contains { $0.contains("beyond the last class") }, "\(problems)")
  }

  @Test("a list that no dataset uses goes with its last cell")
  func deletion() throws {
    let bench = try Workbench()
    _ = try fill(bench)
    try bench.store.finishRun(bench.run, status: .finished)
    _ = try bench.store.deleteRuns([bench.run], deletingShared: true) { _, _ in false }
    #expect(throws: (any Error).self) { try bench.store.classes(ofList: "l1") }
  }

  @Test("ranks of imported predictions that are not known stay so in a database of before")
  func unknownRanks() throws {
    let bench = try Workbench()
    let id = try fill(bench)
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    try DatabaseQueue(path: bench.store.path, configuration: configuration).write {
      // As it was before the migration.
      try $0.execute(
        sql: """
          DROP TABLE class_lists; ALTER TABLE datasets DROP COLUMN class_list;
          ALTER TABLE items DROP COLUMN also_right;
          DELETE FROM grdb_migrations WHERE identifier = 'lists of classes';
          UPDATE evaluations SET engine = 'imported';
          UPDATE prediction_rows SET label_rank = 1000;
          """)
    }
    let store = try Store(path: bench.store.path)
    let outcomes = try store.outcomes(evaluation: id)
    #expect(outcomes.allSatisfy { $0.prediction.labelRank == Prediction.unknownRank })
  }
}
