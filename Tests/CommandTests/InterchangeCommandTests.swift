import Foundation
import Testing

@Suite("realitygap export and import-predictions")
struct InterchangeCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: String...) throws -> Output {
    try Command.run(arguments + ["--database", "r.sqlite"], in: folder)
  }

  @Test("what is exported can be imported under another name and stands in the same report")
  func roundTrip() throws {
    let options = ["--draws", "2", "--limit", "3"]
    expectSuccess(try Sample.run(options, in: folder))
    let export = try run("export", "csv", "--output", "out/csv", "--experiment", "sample")
    expectSuccess(export)
    #expect(export.lines.last == "out/csv/predictions.csv: 9 rows")
    let rows = try folder.rows(
      "r.sqlite",
      "SELECT item, label, predicted, label_rank, probability, label_probability "
        + "FROM predictions WHERE evaluation_id = 1 ORDER BY item")
    let header = "item,label,predicted,label_rank,probability,label_probability"
    let lines = [header] + rows.map { $0.joined(separator: ",") }
    try folder.add("p.csv", lines.joined(separator: "\n"))
    let request = [
      "import-predictions", "p.csv", "--experiment", "sample", "--dataset", "sample", "--model",
      "squeezenet1_1-copy", "--database", "r.sqlite",
    ]
    let output = try Command.run(request, in: folder)
    expectSuccess(output)
    #expect(output.text == "squeezenet1_1-copy, sample, canonical: run 2 in r.sqlite\n")
    let top1 = try folder.rows(
      "r.sqlite", "SELECT correct, total FROM top1 WHERE condition = 'canonical'")
    #expect(top1.count == 2 && top1[0] == top1[1])
    let report = try Sample.run(options, in: folder)
    expectSuccess(report)
    #expect(report.text.contains("squeezenet1_1-copy"))
    #expect(report.errors.contains("nothing to compute"))
    // About other images it says nothing.
    let other = try Sample.run(["--draws", "2", "--limit", "2"], in: folder)
    expectSuccess(other)
    #expect(!other.text.contains("squeezenet1_1-copy"))
    let again = try Command.run(request, in: folder)
    expectSuccess(again)
    #expect(again.text.contains("already"))
    #expect(try Sample.count(folder, "runs") == 3)
  }

  @Test("labels come from a folder where the database does not know the images")
  func fromFolder() throws {
    let names = try Repository.photos().map { URL(fileURLWithPath: $0).lastPathComponent }
    try folder.add("p.csv", "item,predicted\n" + names.map { "\($0),1\n" }.joined())
    let request = [
      "import-predictions", "p.csv", "--experiment", "e", "--dataset", "d", "--model", "m",
    ]
    let data = Repository.path("Experiments/sample")
    let output = try Command.run(
      request + ["--data", data, "--database", "n.sqlite"], in: folder)
    expectSuccess(output)
    #expect(
      try folder.rows("n.sqlite", "SELECT experiment, dataset, model, correct, total FROM top1")
        == [["e", "d", "m", "0", "20"]])
    expectFailure(try Command.run(request, in: folder), "realitygap.sqlite", "no such database")
    try folder.add("q.csv", "item,predicted\n\(names[0]),2000\n")
    expectFailure(
      try Command.run(
        ["import-predictions", "q.csv"] + request.dropFirst(2) + ["--data", data], in: folder),
      "q.csv, line 2", "2000")
  }

  @Test("event files of a run lie in its folder; a server that is not there is one line")
  func trackers() throws {
    expectSuccess(try Sample.run(["--draws", "1", "--limit", "2"], in: folder))
    let output = try run("export", "tensorboard", "tb")
    expectSuccess(output)
    #expect(output.text.hasPrefix("tb/1-sample/events.out.tfevents."))
    // Port 9 is `discard`, which nobody serves.
    expectFailure(
      try run("export", "mlflow", "--tracking-uri", "http://127.0.0.1:9"),
      "http://127.0.0.1:9: cannot be reached")
    expectFailure(
      try run("export", "mlflow", "--tracking-uri", "mlruns"), "mlruns", "mlflow server")
    expectFailure(try run("export", "csv", "--output", "o", "--run", "7"), "r.sqlite", "no run 7")
    expectFailure(try run("export", "csv", "--output", "o", "--experiment", "x"), "it has sample")
    expectFailure(try run("export", "csv", "--output", "r.sqlite"), "r.sqlite/runs.csv")
    let missing = try Command.run(["export", "csv", "--output", "o"], in: folder)
    expectFailure(missing, "realitygap.sqlite", "no such database")
  }
}
