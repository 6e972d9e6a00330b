import Foundation
import Testing

@Suite("report")
struct ReportCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func report(_ arguments: String...) throws -> Output {
    try Command.run(["report"] + arguments + ["--database", "r.sqlite"], in: folder)
  }

  @Test("an experiment's report has its pictures, and is the same made twice")
  func twice() throws {
    let corrector = Repository.path("Experiments/sample/corrector.h5")
    expectSuccess(
      try Sample.run(["--corrector", corrector, "--limit", "8", "--draws", "2"], in: folder))
    let arguments = [
      "report", "sample", "--output", "out", "--format", "csv,markdown,latex,json", "--database",
      "r.sqlite",
    ]
    let output = try Command.run(arguments, in: folder)
    expectSuccess(output)
    #expect(output.lines.first == "out/sample.md")
    #expect(output.lines.contains("out/sample-examples-sample.jpg"))
    #expect(output.lines.contains("out/sample-examples-sample-pairs.jpg"))
    #expect(output.lines.contains("out/tables/sample-top1.tex"))
    let page = String(decoding: try folder.bytes("out/sample.md"), as: UTF8.self)
    #expect(page.contains("(sample-examples-sample.jpg)") && !page.contains("No pictures"))
    #expect(page.contains("\nrealitygap report sample --output out --format"))
    let before = try output.lines.map(folder.bytes)
    #expect(before.allSatisfy { !$0.isEmpty && $0.count < 300_000 })
    expectSuccess(try Command.run(arguments, in: folder))
    #expect(try output.lines.map(folder.bytes) == before)
    // The same run by its number, and the page left out.
    #expect(
      try report("--run", "1", "--output", "o2", "--format", "csv").lines.first
        == "o2/tables/run-1-top1.csv")
    expectFailure(
      try report("other", "--output", "out"), "has no experiment and no training run other",
      "it has sample")
    expectFailure(try report("--run", "9", "--output", "out"), "r.sqlite: has no run 9")
    expectFailure(
      try report("sample", "--output", "out", "--templates", "none"), "none: no such folder")
    try folder.add("own/experiment.mustache", "{{#results}}")
    expectFailure(
      try report("sample", "--output", "out", "--templates", "own"),
      "own/experiment.mustache, line 1: not a Mustache template")
    try folder.add("file", "x")
    expectFailure(try report("sample", "--output", "file"), "file/")
  }

  @Test("what cannot be reported is an error of one line")
  func errors() throws {
    expectFailure(try report("sample", "--output", "out"), "r.sqlite: no such database")
    #expect(try report("--output", "out").status == 64)
    #expect(try report("sample", "--run", "1", "--output", "out").status == 64)
    #expect(try report("sample", "--output", "out", "--format", "pdf").status == 64)
    #expect(try report("sample").status == 64)
    #expect(!FileManager.default.fileExists(atPath: folder.file("r.sqlite")))
  }
}
