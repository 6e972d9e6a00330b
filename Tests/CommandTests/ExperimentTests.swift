import Foundation
import Testing

@Suite("realitygap run and reproduce")
struct ExperimentTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("the sample is computed once; again, nothing is computed and the table is the same")
  func twice() throws {
    let first = try Sample.run(["--draws", "2"], in: folder)
    expectSuccess(first)
    #expect(first.text.contains("SqueezeNet 1.1") && first.text.contains("70.00"))
    let report = try folder.bytes("reports/sample.md")
    let rows = try Sample.rows(folder)
    let second = try Sample.run(["--draws", "2"], in: folder)
    expectSuccess(second)
    #expect(second.errors.contains("nothing to compute"))
    #expect(second.bytes == first.bytes)
    #expect(try Sample.rows(folder) == rows)
    #expect(try folder.bytes("reports/sample.md") == report)
    #expect(try Sample.count(folder, "runs") == 1)
    let labels =
      try Repository.bytes("Experiments/sample/labels.csv").split(separator: 10).count - 1
    #expect(labels == 20)

    // What CONTRACT.md promises to anyone with sqlite3.
    let top1 = try folder.rows(
      "r.sqlite",
      "SELECT run_id, experiment, model, dataset, condition, corrector, draws, correct, total, "
        + "top1 FROM top1 ORDER BY condition")
    #expect(top1.count == 2)
    #expect(
      top1[0] == [
        "1", "sample", "squeezenet1_1", "sample", "canonical", "NULL", "1", "14", "20", "70.0",
      ])
    #expect(Array(top1[1][4...6]) == ["distorted", "NULL", "2"])
    let counted = try folder.rows(
      "r.sqlite",
      "SELECT SUM(label_rank = 0), COUNT(*), MIN(draw), MAX(draw), MAX(predicted) < 1000, "
        + "MIN((label_rank = 0) = (predicted = label)), MAX(label_probability <= probability) "
        + "FROM predictions p JOIN evaluations e ON e.id = p.evaluation_id "
        + "WHERE condition = 'distorted'")
    #expect(counted.first == [top1[1][7], "40", "0", "1", "1", "1", "1"])
    #expect(top1[1][8] == "40")
    let run = try folder.rows(
      "r.sqlite", "SELECT id, kind, name, status, started_at < finished_at FROM runs")
    #expect(run == [["1", "evaluate", "sample", "finished", "1"]])
    #expect(
      try folder.rows("r.sqlite", "SELECT run_id, step, name, value, time FROM metrics") == [])

    // More draws of the same images keep those that are there.
    let more = try Sample.run(["--draws", "3"], in: folder)
    expectSuccess(more)
    #expect(try Sample.count(folder, "top1") == 3)
  }

  @Test("--dry-run says what would be computed and computes nothing")
  func dryRun() throws {
    let output = try Sample.run(["--dry-run", "--draws", "4"], in: folder)
    expectSuccess(output)
    #expect(output.lines.filter { $0.hasPrefix("compute") }.count == 2)
    #expect(output.text.contains("4 draws") && output.text.contains("no corrector given"))
    #expect(try contents().isEmpty)
  }

  /// What lies in the folder, but for what the tests keep of outputs.
  private func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
  }

  @Test("--dry-run leaves a database as it is, and knows what it holds")
  func dryRunAgain() throws {
    expectSuccess(try Sample.run(["--draws", "1", "--limit", "2"], in: folder))
    let before = try folder.bytes("r.sqlite")
    let files = try contents()
    let output = try Sample.run(["--draws", "1", "--limit", "2", "--dry-run"], in: folder)
    expectSuccess(output)
    #expect(output.lines.filter { $0.hasPrefix("done") }.count == 2)
    #expect(try folder.bytes("r.sqlite") == before && contents() == files)
  }

  @Test("--dry-run names all that is missing at once")
  func dryRunMissing() throws {
    let output = try Command.run(
      [
        "reproduce", "table2", "--dry-run", "--weights", "none", "--corrector", "no.h5",
        "--database", "nowhere/r.sqlite",
      ], in: folder)
    expectFailure(
      output, "none/resnet50.h5", "none/vgg11.h5", "none/squeezenet1_1.h5", "printed-1.5in",
      "printed-5in", "no.h5", "nowhere/r.sqlite")
    #expect(output.lines.count == 7 && output.lines.allSatisfy { $0.hasPrefix("missing  ") })
    #expect(output.text.contains("resnet50-0676ba61.pth"))
    #expect(output.text.contains("--data printed-5in=PATH"))
    #expect(try contents().isEmpty)
  }

  @Test("--limit takes that many images, the same ones for the same seed")
  func limit() throws {
    func names(_ database: String, _ options: [String]) throws -> [[String]] {
      expectSuccess(try Sample.run(["--draws", "1"] + options, in: folder, database: database))
      return try folder.rows(database, "SELECT DISTINCT item FROM predictions ORDER BY item")
    }
    let five = try names("a.sqlite", ["--limit", "5"])
    #expect(five.count == 5)
    #expect(try names("b.sqlite", ["--limit", "5"]) == five)
    #expect(try names("c.sqlite", ["--limit", "5", "--seed", "7"]) != five)
    let three = try names("d.sqlite", ["--limit", "3"])
    #expect(three.count == 3 && three.allSatisfy(five.contains))
  }

  @Test("predicted classes do not depend on threads, batch and engine")
  func computedAlike() throws {
    func classes(_ database: String, _ options: [String]) throws -> [[String]] {
      expectSuccess(
        try Sample.run(
          ["--draws", "2", "--limit", "8"] + options, in: folder, database: database))
      return try folder.rows(
        database,
        "SELECT condition, item, draw, predicted FROM predictions p JOIN evaluations e "
          + "ON e.id = p.evaluation_id ORDER BY condition, item, draw")
    }
    let usual = try classes("a.sqlite", [])
    #expect(usual.count == 24)
    #expect(try classes("b.sqlite", ["--threads", "1", "--batch", "5"]) == usual)
    for engine in engines {
      #expect(try classes("\(engine).sqlite", ["--engine", engine, "--threads", "3"]) == usual)
    }
  }

  @Test("bfloat16 agrees with float32 on 99 % of the distorted sample, and the report says it")
  func bfloat16Agrees() throws {
    guard hasBfloat16 else {
      guard engines.contains("onednn") else { return }
      let refused = try Sample.run(["--precision", "bfloat16"], in: folder)
      expectFailure(refused, "bfloat16 needs a processor with AVX-512", "--precision float32")
      return
    }
    func classes(_ database: String, _ precision: String) throws -> [[String]] {
      expectSuccess(
        try Sample.run(
          ["--draws", "10", "--no-corrector", "--precision", precision], in: folder,
          database: database))
      return try folder.rows(
        database,
        "SELECT item, draw, predicted FROM predictions p JOIN evaluations e "
          + "ON e.id = p.evaluation_id WHERE condition = 'distorted' ORDER BY item, draw")
    }
    let exact = try classes("exact.sqlite", "float32")
    let narrow = try classes("narrow.sqlite", "bfloat16")
    #expect(exact.count == 200)
    let same = zip(exact, narrow).count { $0 == $1 }
    #expect(same >= 198 && narrow.count == 200, "\(same) of 200")
    let reports = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".md") }
    #expect(
      try reports.contains {
        try String(contentsOfFile: folder.file($0), encoding: .utf8).contains("bfloat16")
      })
  }

  @Test("run takes an experiment file, with paths that count from its folder")
  func ownFile() throws {
    for name in ["imagenet_00_243.jpg", "imagenet_07_609.jpg"] {
      try folder.add(
        "my exp/pho=tos/\(name)", Repository.bytes("Experiments/sample/images/\(name)"))
    }
    try folder.add(
      "my exp/pho=tos/labels.csv", "imagenet_00_243.jpg,243\nimagenet_07_609.jpg,n02877765\n")
    let lines = [
      "version: 1", "name: own", "models: [squeezenet1_1]", "datasets:", "  - name: mine",
      "    path: pho=tos", "conditions: [canonical]",
      "weights: \(Repository.path("Experiments/sample"))",
    ]
    try folder.add("my exp/own.yaml", lines.joined(separator: "\n"))
    let arguments = ["run", "my exp/own.yaml", "--database", "r.sqlite", "--reports", "out/here"]
    let output = try Command.run(arguments, in: folder)
    expectSuccess(output)
    #expect(try folder.rows("r.sqlite", "SELECT dataset, total FROM top1") == [["mine", "2"]])
    #expect(FileManager.default.fileExists(atPath: folder.file("out/here/own.md")))
    // The same images elsewhere are the same cell.
    let moved = try folder.add("a=b/x", "")
    try FileManager.default.removeItem(atPath: moved)
    try FileManager.default.copyItem(
      atPath: folder.file("my exp/pho=tos"), toPath: folder.file("a=b/set"))
    let again = try Command.run(arguments + ["--data", "mine=a=b/set"], in: folder)
    expectSuccess(again)
    #expect(again.errors.contains("nothing to compute"))
  }
}
