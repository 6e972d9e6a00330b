import Foundation
import GRDB
import Testing
import Tracking

@Suite("Metrics of training phases")
struct PhaseTests {
  private static let configuration =
    #"{"training":{"phases":[{"name":"stn","steps":30,"losses":{"theta":1}},"#
    + #"{"name":"detail","steps":20},{"name":"detail","steps":10}]}}"#

  @Test("phases have their steps, their losses, and names of their own")
  func spans() {
    let phases = TrainingPhases(configuration: Self.configuration)
    #expect(phases.phases.map(\.name) == ["stn", "detail", "detail (2)"])
    #expect(phases.phases.map(\.steps) == [1...30, 31...50, 51...60])
    #expect(phases.phases.map { $0.losses != nil } == [true, false, false])
    #expect(phases.phase(ofStep: 30)?.name == "stn" && phases.phase(ofStep: 31)?.name == "detail")
    #expect(phases.phase(ofStep: 0) == nil && phases.phase(ofStep: 61) == nil)
    let short = TrainingPhases([("a", 2), ("a", 0), ("a (2)", 1), ("a", 1)])
    #expect(short.phases.map(\.name) == ["a", "a (2) (2)", "a (3)"])
    #expect(short.phases.map(\.steps) == [1...2, 3...3, 4...4])
  }

  @Test(
    "a configuration that does not say the steps of every phase has none",
    arguments: [
      "", "{}", "[]", #"{"phases":1}"#, #"{"training":{"phases":[{"name":"a"}]}}"#,
      #"{"training":{"phases":[{"name":"a","steps":5},{"steps":5}]}}"#,
      #"{"training":{"phases":[{"name":"a","steps":9223372036854775807}]}}"#,
      #"{"training":{"phases":[{"name":"a","steps":-1}]}}"#,
    ])
  func unknown(json: String) {
    #expect(TrainingPhases(configuration: json).phases.isEmpty)
  }

  @Test("the phase is stored and read with each value, and listed by phase")
  func stored() throws {
    let bench = try Workbench()
    let values = [(10, "stn", 4.0), (20, "stn", 3), (30, "detail", 0.5)].map {
      MetricValue(step: $0.0, name: "train/loss", value: $0.2, phase: $0.1)
    }
    try bench.store.record(metrics: values, run: bench.run)
    #expect(try bench.store.metrics(run: bench.run) == values)
    #expect(try bench.store.timedMetrics(run: bench.run).map(\.metric) == values)
    let run = try #require(try bench.store.runSummaries().first)
    #expect(run.lastMetrics.mapValues(\.value) == ["train/loss": 0.5])
    #expect(run.phaseMetrics == ["train/loss": Array(values.dropFirst())])
  }

  /// A file of version 1 with a training run that reported every 20 steps, over phases of 30, 20 and
  /// 10.
  private func earlier(_ folder: TemporaryFolder) throws -> String {
    let path = folder.file("old.sqlite")
    let fixture = try #require(Bundle.module.resourceURL)
      .appendingPathComponent("Fixtures/version1.db").path
    try FileManager.default.copyItem(atPath: fixture, toPath: path)
    try DatabaseQueue(path: path).write { database in
      try database.execute(sql: "DELETE FROM metrics")
      try database.execute(
        sql: "UPDATE runs SET configuration = ? WHERE id = 1", arguments: [Self.configuration])
      let values = [
        (20, "train/loss"), (20, "train/theta"), (40, "train/loss"), (40, "train/mse"),
        (40, "train/theta"), (60, "train/loss"), (60, "train/mse"), (50, "validation/theta_error"),
      ]
      for (step, name) in values {
        try database.execute(
          sql: "INSERT INTO metrics VALUES (1, ?, ?, 1.5, '2026-01-01T00:00:00.000Z')",
          arguments: [step, name])
      }
    }
    return path
  }

  /// Where a phase began since the report before, a value that both phases have is a mixture.
  private static let expected = [
    "20 train/loss stn", "20 train/theta stn", "40 train/loss –", "40 train/mse detail",
    "40 train/theta –", "50 validation/theta_error detail", "60 train/loss –", "60 train/mse –",
  ]

  private func phases(_ values: [MetricValue]) -> [String] {
    values.sorted { ($0.step, $0.name) < ($1.step, $1.name) }.map {
      "\($0.step) \($0.name) \($0.phase ?? "–")"
    }
  }

  @Test("values of version 1 get the phase that the configuration tells, mixtures get none")
  func migrated() throws {
    let folder = try TemporaryFolder()
    let store = try Store(path: try earlier(folder))
    #expect(try phases(store.metrics(run: 1)) == Self.expected)
    let stored = try DatabaseQueue(path: store.path).read { database in
      try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM metrics WHERE phase IS NOT NULL")
    }
    #expect(stored == 4)
  }

  @Test("a file of version 1 is read, listed and exported without being changed, and merged")
  func unchanged() throws {
    let folder = try TemporaryFolder()
    let path = try earlier(folder)
    let before = FileManager.default.contents(atPath: path)
    let store = try Store(path: path, options: .init(access: .snapshot))
    #expect(try phases(store.metrics(run: 1)) == Self.expected)
    let last = try #require(try store.runSummaries().first { $0.run.id == 1 })
    #expect(last.lastMetrics["train/theta"]?.value == 1.5)
    var rows: [[String]] = []
    try store.export(.runs([1])) { table, cursor in
      while table.name == "metrics", let row = try cursor.next() { rows.append(row) }
    }
    #expect(rows.count == 8 && rows.allSatisfy { $0.count == 6 })
    #expect(rows.count { $0.last != "" } == 4)
    #expect(FileManager.default.contents(atPath: path) == before)
    let other = try Store(path: folder.file("new.sqlite"))
    #expect(try other.merge(from: path).metrics == 8)
    let run = try #require(try other.runs().first { $0.kind == .train })
    #expect(try phases(other.metrics(run: run.id)) == Self.expected)
  }
}
