import Foundation
import GRDB
import Support
import Testing
import Tracking

@Suite("Databases of earlier versions")
struct MigrationTests {
  /// A copy of the file that a version wrote, brought up to date by opening it.
  private func migrated(_ version: Int, in folder: TemporaryFolder) throws -> Store {
    let fixture = try #require(Bundle.module.resourceURL)
      .appendingPathComponent("Fixtures/version\(version).db").path
    let path = folder.file("old.sqlite")
    try FileManager.default.copyItem(atPath: fixture, toPath: path)
    return try Store(path: path)
  }

  private func rows(_ path: String, _ query: String) throws -> [[DatabaseValue]] {
    try DatabaseQueue(path: path).read { database in
      try Row.fetchAll(database, sql: query).map { Array($0.databaseValues) }
    }
  }

  @Test("every row of version 1 is there after migration, and the file is sound", arguments: [1])
  func everyRow(version: Int) throws {
    let folder = try TemporaryFolder()
    let store = try migrated(version, in: folder)
    #expect(try store.check().problems == [])
    let training = try #require(try store.run(1))
    #expect(training.kind == .train && training.name == "paper" && training.status == .finished)
    #expect(training.notes == "best so far" && training.resumed == 1)
    #expect(training.configuration == #"{"phases":1}"# && training.sourceCommit == "abc")
    #expect(try store.run(3)?.error == "no space")
    let metrics = try store.metrics(run: 1)
    #expect(metrics.count == 2 && metrics[0].value == 0.5 && metrics[1].value.isNaN)
    #expect(try store.artifacts(run: 1).map(\.sha256) == ["c1"])
    #expect(try store.tags(run: 1) == ["lab": "a"] && store.tags(run: 3) == ["good": ""])
    let cells = try store.cells()
    #expect(cells.map(\.evaluation) == [5, 6] && cells.map(\.isFinished) == [true, false])
    #expect(try cells.map(\.key) == cells.map { try $0.identity.key() })
    #expect(cells[1].identity.seed == 9 && cells[1].identity.corrector == "c1")
    #expect(cells.map(\.predicted) == [1, 2] && cells.map(\.failed) == [1, 0])
    let shown = try #require(try store.evaluations(experiment: "other").first)
    #expect(shown.dataset == "mine" && shown.weightsSource == "torchvision" && shown.itemCount == 2)
    #expect(try store.failedItems(evaluation: 5).map(\.reason) == ["not a JPEG file"])
    let predictions = try store.predictions(experiment: "sample")
    #expect(predictions.map(\.probability) == [0.75, 0.5, 0.9])
    #expect(predictions.map(\.labelRank) == [0, 4, 0] && predictions.map(\.draw) == [0, 0, 1])
    #expect(try store.top1().map(\.experiment) == ["other", "sample"])
    // New ids do not take those of rows that were deleted.
    #expect(try store.startRun(Workbench.newRun) == 4)
  }

  @Test("a new file has the very tables, indexes and views that released versions made")
  func releasedSchema() throws {
    let folder = try TemporaryFolder()
    let path = try Store(path: folder.file("new.sqlite")).path
    let made = try DatabaseQueue(path: path).read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT '-- ' || type || ' ' || name || char(10) || sql || ';' FROM sqlite_master
          WHERE sql IS NOT NULL ORDER BY type, name
          """
      ).map { $0[0] as String }.joined(separator: "\n") + "\n"
    }
    let place = try #require(Bundle.module.resourceURL)
      .appendingPathComponent("Fixtures/schema.sql")
    let released = try String(contentsOf: place, encoding: .utf8)
    // Line breaks and indents are kept in the file, and mean nothing.
    #expect(made.replacing(/\s+/, with: " ") == released.replacing(/\s+/, with: " "))
  }

  @Test("the newest schema allows every condition, view, kind and status that the program has")
  func allNames() throws {
    let bench = try Workbench()
    try DatabaseQueue(path: bench.store.path).write { database in
      let run =
        #"INSERT INTO runs (kind, name, status, started_at, host, pid) VALUES (?, '', ?, '', '', 0)"#
      for kind in RunKind.allCases {
        try database.execute(sql: run, arguments: [kind, RunStatus.finished])
      }
      for status in RunStatus.allCases {
        try database.execute(sql: run, arguments: [RunKind.train, status])
      }
      let cell = """
        INSERT INTO evaluations (cell_key, run_id, experiment, experiment_sha256, model,
          weights_sha256, dataset_id, condition, view, draws, expected, engine, engine_version,
          precision, threads, status, started_at)
        VALUES (?, 1, '', '', '', 'w1', 1, ?, ?, 1, 1, '', '', '', 1, 'unfinished', '')
        """
      for condition in Condition.allCases {
        for view in ImageView.allCases {
          try database.execute(
            sql: cell,
            arguments: ["\(condition) \(view)", condition.rawValue, view.rawValue])
        }
      }
    }
  }

  @Test("migrated, it has the tables, indexes and views of a new file")
  func sameSchema() throws {
    let folder = try TemporaryFolder()
    let query = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY name"
    let old = try rows(migrated(1, in: folder).path, query)
    let new = try rows(Store(path: folder.file("new.sqlite")).path, query)
    #expect(old == new)
    let versions = "SELECT identifier FROM grdb_migrations ORDER BY identifier"
    #expect(
      try rows(folder.file("old.sqlite"), versions) == rows(folder.file("new.sqlite"), versions))
  }
}
