import GRDB
import Support
import Testing
import Tracking

@Suite("Checking a database")
struct CheckTests {
  /// A store with a finished cell, damaged by `sql`.
  private func problems(after sql: String) throws -> [String] {
    let bench = try Workbench()
    let id = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    try bench.store.record(
      zip(0..<3, [3, 5, 999]).map { item, label in
        PredictionRecord(
          evaluation: id, item: bench.items[item], draw: 0,
          outcome: .predicted(
            Prediction(
              predicted: label, labelRank: 0, probability: 0.75, labelProbability: 0.75)))
      })
    try bench.store.finishEvaluations([id])
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    try DatabaseQueue(path: bench.store.path, configuration: configuration).write {
      try $0.execute(sql: sql)
    }
    return try bench.store.check().problems
  }

  @Test("a sound database has no problems")
  func sound() throws {
    #expect(try problems(after: "SELECT 1") == [])
  }

  @Test(
    "each kind of damage is one line that names the place",
    arguments: [
      ("DELETE FROM prediction_rows WHERE item_id = 2", "finished with 2 predictions"),
      ("UPDATE prediction_rows SET label_rank = 1000 WHERE item_id = 1", "last class: cell 1"),
      ("UPDATE prediction_rows SET predicted = -1 WHERE item_id = 1", "last class: cell 1"),
      ("UPDATE prediction_rows SET probability = 1.5 WHERE item_id = 3", "item 3, draw 0"),
      ("UPDATE prediction_rows SET label_probability = 0.9", "and 2 more"),
      ("UPDATE prediction_rows SET predicted = 4 WHERE item_id = 1", "disagree"),
      ("UPDATE prediction_rows SET draw = 1 WHERE item_id = 1", "a draw the cell does not have"),
      ("INSERT INTO failed_items VALUES (1, 1, 0, 'x')", "both predicted and failed"),
      ("DELETE FROM experiment_cells", "no experiment shows: cell 1"),
      ("DELETE FROM runs", "evaluations: rows whose row of runs is missing"),
      ("UPDATE evaluations SET seed = 7", "do not match its key"),
      ("UPDATE evaluations SET expected = 6, status = 'unfinished'", "expects 6 results"),
      (
        "INSERT INTO items (dataset_id, name, label) VALUES (1, 'new.jpg', 1)",
        "item count is wrong"
      ),
      ("UPDATE items SET label = 1000 WHERE id = 1", "label beyond"),
      ("UPDATE items SET also_right = '[3,1000]' WHERE id = 1", "label beyond"),
      ("UPDATE datasets SET class_list = 'x'", "list of classes is missing"),
      ("UPDATE runs SET status = 'finished'", "finished run without its time: run 1"),
    ])
  func damaged(sql: String, words: String) throws {
    let problems = try problems(after: sql)
    #expect(problems.contains { $0.contains(words) }, "\(problems)")
    #expect(problems.allSatisfy { !$0.contains("\n") })
  }

  /// A column loses its name, or its constraint and then its value, as where a page of the file is damaged.
  @Test(
    "tables and values that no command wrote are one line, not the program's end",
    arguments: [
      ("evaluations", "engine TEXT", "motor TEXT"), ("evaluations", "draws INTEGER", "d INTEGER"),
      ("evaluations", "engine", nil), ("evaluations", "status", nil), ("runs", "name", nil),
      ("grdb_migrations", "identifier", nil),
    ] as [(String, String, String?)])
  func strangeTables(table: String, column: String, name: String?) throws {
    let bench = try Workbench()
    _ = try bench.store.beginEvaluation(bench.cell(), run: bench.run)
    let path = bench.store.path
    let change = name.map { "REPLACE(sql, '\(column)', '\($0)')" } ?? "REPLACE(sql, 'NOT NULL', '')"
    try DatabaseQueue(path: path).writeWithoutTransaction {
      try $0.execute(sql: "PRAGMA writable_schema = ON")
      try $0.execute(sql: "UPDATE sqlite_schema SET sql = \(change) WHERE name = '\(table)'")
    }
    if name == nil {
      try DatabaseQueue(path: path).write {
        try $0.execute(sql: "UPDATE \(table) SET \(column) = NULL")
      }
    }
    let error = #expect(throws: UserError.self) {
      let store = try Store(path: path, options: .init(mustExist: true, access: .snapshot))
      _ = try store.cells(run: bench.run)
      _ = try store.runs()
    }
    #expect("\(try #require(error))".contains("results.sqlite: "))
    #expect(!"\(try #require(error))".contains("\n"))
  }

  @Test("a copy of a database that cannot be brought up to date fails at once")
  func failsAtOnce() throws {
    let bench = try Workbench()
    try DatabaseQueue(path: bench.store.path).write {
      try $0.execute(sql: "DELETE FROM grdb_migrations WHERE rowid > 1")
    }
    let clock = ContinuousClock()
    let taken = clock.measure {
      #expect(throws: (any Error).self) {
        _ = try Store(path: bench.store.path, options: .init(mustExist: true, access: .snapshot))
      }
    }
    #expect(taken < .milliseconds(900))
  }
}
