import Foundation
import GRDB
import Testing
import Tracking

@Suite("realitygap runs")
struct RunsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func runs(_ arguments: String...) throws -> Output {
    try Command.run(["runs"] + arguments + ["--database", "r.sqlite"], in: folder)
  }

  private func ids(_ arguments: String...) throws -> [String] {
    let output = try Command.run(
      ["runs", "list", "--csv", "--columns", "id", "--database", "r.sqlite"] + arguments,
      in: folder)
    expectSuccess(output)
    return Array(output.lines.dropFirst())
  }

  /// A training run with metrics (1) and a failed evaluation (2), without computing anything.
  private func fill() throws {
    let store = try Store(path: folder.file("r.sqlite"))
    let training = try store.startRun(
      NewRun(
        kind: .train, name: "paper", configuration: #"{"phases":[{"steps":4}]}"#,
        command: "realitygap train", versions: ["realitygap": "0.1.0"]))
    try store.record(
      metrics: [4.0, 2, .nan, 1, 3].enumerated().flatMap { step, value in
        [
          MetricValue(step: step, name: "train/loss", value: value, phase: "only"),
          MetricValue(step: step, name: "validation/psnr", value: 20 + value, phase: "only"),
        ]
      }, run: training)
    try store.record(
      artifact: Artifact(path: "g/corrector.h5", kind: "corrector", sha256: "c1"), run: training)
    try store.finishRun(training, status: .finished)
    let evaluation = try store.startRun(
      NewRun(
        kind: .evaluate, name: "table1", configuration: #"{"weights":{"vgg11":"w"}}"#,
        command: "realitygap run", versions: [:]))
    try store.finishRun(evaluation, status: .failed, error: "no, \"space\"")
  }

  @Test("the list is filtered, sorted, cut and written as table, CSV and JSON")
  func list() throws {
    try fill()
    let table = try runs()
    expectSuccess(table)
    #expect(table.lines.count == 4 && table.lines[0].hasPrefix("id  kind"))
    #expect(table.lines[2].contains("table1") && table.lines[3].contains("finished"))
    #expect(try ids() == ["2", "1"])
    #expect(try ids("--kind", "train") == ["1"])
    #expect(try ids("--status", "failed") == ["2"])
    #expect(try ids("--experiment", "paper") == ["1"])
    #expect(try ids("--model", "vgg11") == ["2"] && ids("--model", "resnet50") == [])
    #expect(try ids("--since", "1h") == ["2", "1"] && ids("--since", "2999-01-01") == [])
    #expect(try ids("--sort", "id") == ["1", "2"])
    #expect(try ids("--sort", "name", "--reverse", "--limit", "1") == ["2"])
    #expect(try ids("--sort", "metric:train/loss", "--reverse") == ["1", "2"])
    let csv = try runs("--csv", "--columns", "error,metric:train/loss")
    #expect(csv.lines == ["error,metric:train/loss", "\"no, \"\"space\"\"\",", ",3.0"])
    let json = try runs("--json", "--columns", "id,error,metric:validation/psnr")
    #expect(
      json.lines == [
        #"{"error":"no, \"space\"","id":2,"metric:validation/psnr":null}"#,
        #"{"error":null,"id":1,"metric:validation/psnr":23}"#,
      ])
    for line in try runs("--json").lines {
      #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil)
    }
    expectFailure(try runs("--columns", "id,frobnicate"), "frobnicate", "metric:NAME")
    expectFailure(try runs("--sort", "stated"), "stated", "did you mean started?")
    expectFailure(try runs("--sort", "ssnr"), "ssnr", "did you mean psnr?")
    expectFailure(
      try runs("--sort", "metric:validation/psrn"), "did you mean validation/psnr?")
    expectFailure(try Command.run(["runs", "--database", "x.sqlite"], in: folder), "x.sqlite")
    #expect(!FileManager.default.fileExists(atPath: folder.file("x.sqlite")))
    #expect(try runs("--since", "yesterday").status == 64)
    #expect(try runs("--json", "--csv").status == 64)
  }

  @Test("the list says which corrector, and what came of a training")
  func results() throws {
    try fill()
    let table = try runs("--kind", "train")
    #expect(table.text.contains("corrector") && table.lines[2].contains("  c1  "))
    #expect(table.lines[2].contains("loss 3, PSNR 23.00 dB"))
    let json = try runs("--json", "--columns", "corrector,loss,psnr,result", "--kind", "train")
    #expect(
      json.lines == [
        #"{"corrector":[{"name":null,"sha256":"c1"}],"loss":3,"psnr":23,"#
          + #""result":{"loss":3,"psnr":23}}"#
      ])
    #expect(try ids("--sort", "loss") == ["1", "2"])
  }

  @Test("several runs are deleted together, or none")
  func deleteSeveral() throws {
    try fill()
    expectFailure(try runs("delete", "1", "2"), "runs 1, 2: not a terminal", "--yes")
    expectFailure(try runs("delete", "1", "9", "--yes"), "there is no run 9")
    #expect(try Sample.count(folder, "runs") == 2)
    let done = try runs("delete", "2", "1", "--yes")
    expectSuccess(done)
    #expect(done.lines.map { $0.prefix(13) } == ["run 1 deleted", "run 2 deleted"])
    #expect(try Sample.count(folder, "runs") == 0)
  }

  @Test("show has configuration, metrics with a curve, artifacts; notes and tags are kept")
  func show() throws {
    try fill()
    expectSuccess(try runs("note", "1", "the first\nof many"))
    expectSuccess(try runs("tag", "1", "lab=a=b", "good"))
    expectSuccess(try runs("tag", "1", "--remove", "good"))
    expectFailure(try runs("tag", "1", "--remove", "good"), "has no tag good")
    expectFailure(try runs("note", "9", "x"), "there is no run 9")
    let page = try runs("show", "1")
    expectSuccess(page)
    #expect(page.text.contains("tags      lab=a=b\n"))
    #expect(page.text.contains("notes     the first\n          of many\n"))
    #expect(page.text.contains("phases[0].steps  4\n"))
    let loss = try #require(page.lines.first { $0.hasPrefix("train/loss") })
    #expect(loss.contains("1 (lowest)") && loss.hasSuffix("█▃ ▁▆"), "\(loss)")
    #expect(page.text.contains("24 (highest)") && page.text.contains("g/corrector.h5"))
    let json = try runs("show", "1", "--json")
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
    #expect((object["tags"] as? [String: String]) == ["lab": "a=b"])
    #expect((object["metrics"] as? [[String: Any]])?.first?["best"] as? Double == 1)
    expectFailure(try runs("show", "9"), "there is no run 9", "realitygap runs")
  }

  @Test("delete needs --yes where nobody can be asked, and leaves files alone")
  func delete() throws {
    expectSuccess(try Sample.run(["--draws", "1", "--limit", "2"], in: folder))
    expectFailure(try runs("delete", "1"), "--yes")
    #expect(try Sample.count(folder, "runs") == 1)
    let done = try runs("delete", "1", "--yes")
    expectSuccess(done)
    #expect(done.text == "run 1 deleted: 2 cells with 4 predictions, 0 metric values\n")
    #expect(done.errors == "file kept: reports/sample.md\n")
    for table in ["runs", "evaluations", "prediction_rows", "items", "datasets", "weights"] {
      #expect(try Sample.count(folder, table) == 0)
    }
    #expect(FileManager.default.fileExists(atPath: folder.file("reports/sample.md")))
    expectFailure(try runs("delete", "1", "--yes"), "there is no run 1")
  }

  @Test("cells that a later run of other draws uses stay with it")
  func deleteShared() throws {
    expectSuccess(try Sample.run(["--draws", "1", "--limit", "2"], in: folder))
    expectSuccess(try Sample.run(["--draws", "2", "--limit", "2"], in: folder))
    let done = try runs("delete", "1", "--yes")
    expectSuccess(done)
    #expect(done.errors.contains("kept: squeezenet1_1 on sample, canonical, now owned by run 2"))
    #expect(
      try folder.rows("r.sqlite", "SELECT run_id, condition, draws FROM top1 ORDER BY condition")
        == [["2", "canonical", "1"], ["2", "distorted", "2"]])
    let again = try Sample.run(["--draws", "2", "--limit", "2"], in: folder)
    #expect(again.errors.contains("nothing to compute"))
    #expect(try runs("show", "2").text.contains("From run 1 (sample"))
  }

  @Test("a killed run is listed as interrupted, a live one is not deleted")
  func killed() throws {
    let arguments = Sample.arguments(["--draws", "400", "--batch", "4"])
    let command = try Command(arguments, in: folder)
    let deadline = Date().addingTimeInterval(60)
    while command.isRunning, Date() < deadline {
      if (try? Sample.count(folder, "prediction_rows")) ?? 0 > 0 { break }
      Thread.sleep(forTimeInterval: 0.01)
    }
    expectFailure(try runs("delete", "1", "--yes"), "still running")
    #expect(try ids("--status", "running") == ["1"])
    command.send(SIGKILL)
    _ = try command.finish()
    #expect(try ids("--status", "interrupted") == ["1"])
    expectSuccess(try Command.run(["database", "check", "--database", "r.sqlite"], in: folder))
    expectSuccess(try runs("delete", "1", "--yes"))
    #expect(try Sample.count(folder, "prediction_rows") == 0)
  }
}
