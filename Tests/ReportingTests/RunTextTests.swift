import Evaluation
import Reporting
import Support
import Testing
import Tracking

@Suite("Runs as text")
struct RunTextTests {
  @Test("a sparkline goes from lowest to highest, averages neighbours and leaves gaps")
  func sparkline() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([7, 0, .nan, .infinity, 3.5]) == "█▁  ▅")
    #expect(Sparkline.text([2, 2, 2]) == "▅▅▅")
    #expect(Sparkline.text([1]) == "▅")
    #expect(Sparkline.text([]) == "" && Sparkline.text([.nan, .nan]) == "")
    #expect(Sparkline.text((0..<1000).map(Double.init), width: 8) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([-1e308, 1e308]) == "▁█")
  }

  @Test("a metric's best value is its lowest, or its highest where more is better")
  func best() throws {
    func summary(_ name: String) throws -> MetricSummary {
      try #require(
        MetricSummary.all(
          [.nan, 3, 1, 2].enumerated().map {
            .init(step: $0, name: name, value: $1, phase: "only")
          }
        ).first)
    }
    let loss = try summary("train/loss")
    #expect(loss.best?.step == 2 && loss.values.first?.value.isNaN == true && loss.last.value == 2)
    for name in ["validation/psnr", "validation/ssim", "train/images_per_second"] {
      #expect(try summary(name).best?.step == 1)
    }
    #expect(
      MetricSummary.all([.init(step: 1, name: "x", value: .nan, phase: "only")]).first?.best == nil)
  }

  /// Runs that ended in these phases.
  private func list(_ phases: [[String?]], _ metric: String = "train/loss") throws -> RunList {
    let scenario = try Scenario()
    for (index, names) in phases.enumerated() {
      let id = try scenario.store.startRun(
        NewRun(kind: .train, name: "g", configuration: "{}", command: "", versions: [:]))
      try scenario.store.record(
        metrics: names.enumerated().map { step, phase in
          MetricValue(step: step, name: metric, value: Double(10 * index - step), phase: phase)
        }, run: id)
    }
    return RunList(
      try scenario.store.runSummaries(RunFilter(kind: .train)), columns: [try column("id")])
  }

  private func column(_ name: String) throws -> RunColumn {
    try .named(name, metrics: ["train/loss", "validation/corrected/mse"], tags: [])
  }

  @Test("runs are not sorted by losses of different phases, but by those of one")
  func sortedByPhase() throws {
    var runs = try list([["stn", "detail"], ["stn"], ["stn", "detail"]])
    let column = try self.column("metric:train/loss")
    let error = #expect(throws: UserError.self) { try runs.sort(by: column) }
    #expect(
      error?.description.contains("of different training phases (detail, stn)") == true
        && error?.description.contains("metric:train/loss@") == true)
    try runs.sort(by: try self.column("metric:train/loss@stn"))
    #expect(runs.runs.map(\.run.id) == [2, 3, 4])
    try runs.sort(by: try self.column("metric:train/loss@detail"), reversed: true)
    // The one that never came there is last.
    #expect(runs.runs.map(\.run.id) == [4, 2, 3])
    #expect(column.text(runs.runs[0]) == "19 (detail)" && column.text(runs.runs[2]) == "10")
    // Errors on held-out photos mean the same everywhere, and unknown phases are of one kind.
    var heldOut = try list([["stn"], ["detail"]], "validation/corrected/mse")
    try heldOut.sort(by: try self.column("metric:validation/corrected/mse"))
    var unknown = try list([[nil], [nil]])
    try unknown.sort(by: column)
    #expect(unknown.runs.map(\.run.id) == [2, 3])
  }

  @Test("a run's page has a row for each metric and phase, its JSON both")
  func page() throws {
    let scenario = try Scenario()
    let id = try scenario.store.startRun(
      NewRun(kind: .train, name: "g", configuration: "{}", command: "", versions: [:]))
    try scenario.store.record(
      metrics: [(1, 5.0, "stn"), (2, 4, "stn"), (3, 0.5, "detail")].map {
        MetricValue(step: $0.0, name: "train/loss", value: $0.1, phase: $0.2)
      }, run: id)
    let page = try #require(try RunPage(id, store: scenario.store))
    let rows = page.text.split(separator: "\n").filter { $0.hasPrefix("train/loss") }
    #expect(rows.count == 2 && rows[0].contains("stn ") && rows[0].contains("4 (lowest)"))
    #expect(rows[1].contains("detail ") && rows[1].contains("0.5 (lowest)"))
    let json = try page.json()
    #expect(json.contains(#""best":null"#) && json.contains(#""best":4,"best_step":2"#))
    #expect(json.contains(#""phase":"detail""#) && json.contains(#""steps":[1,2,3]"#))
  }

  @Test("CSV fields are quoted where they must be, and read back as they were")
  func csv() throws {
    let fields = ["plain", "a,b", "say \"x\"", "two\nlines", "", "Ä"]
    let line = CSV.line(fields)
    #expect(line.hasPrefix("plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",,Ä\n"))
    #expect(try CSV.rows(of: line.utf8, name: "x").map(\.fields) == [fields])
  }

  @Test("JSON goes there and back; what is no number becomes null")
  func json() throws {
    let text = #"{"a":[1,2.5,true,null,"x"],"b":{}}"#
    #expect(try JSONValue(json: text)?.line() == text)
    #expect(try JSONValue.list([.number(.nan), .number(.infinity)]).line() == "[null,null]")
    #expect(JSONValue(json: "{") == nil)
  }
}
