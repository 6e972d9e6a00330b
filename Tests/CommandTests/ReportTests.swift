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

  @Test(
    "a distortion of one's own is replayed when its file is gone; a report says what it is about")
  func ownDistortion() throws {
    let sample = Repository.path("Experiments/sample")
    try folder.add("mine.yaml", "version: 1\nrotation: [20, 30]\n")
    try folder.add(
      "own.yaml",
      """
      version: 1
      name: own
      title: Own
      models: [squeezenet1_1]
      datasets: [{name: photos, path: \(sample)}]
      conditions: [canonical, distorted]
      distortion: mine.yaml
      draws: 2
      weights: \(sample)
      """)
    for options in [["--limit", "4"], ["--limit", "3", "--draws", "1"]] {
      expectSuccess(
        try Command.run(
          ["run", "own.yaml", "--database", "r.sqlite", "--reports", "reports"] + options,
          in: folder))
    }
    try FileManager.default.removeItem(atPath: folder.file("mine.yaml"))
    let last = try report("own", "--output", "out")
    expectSuccess(last)
    let page = String(decoding: try folder.bytes("out/own.md"), as: UTF8.self)
    #expect(
      page.hasPrefix("# Own: SqueezeNet 1.1 on 3 images of photos, canonical and distorted\n"))
    #expect(page.contains("Measured on 3 images of photos (at most 3 of each set: --limit)."))
    for file in ["own-examples-photos.jpg", "own-robustness-SqueezeNet-1.1.svg"] {
      #expect(last.lines.contains("out/\(file)") && page.contains("(\(file))"))
    }
    #expect(!page.contains("No pictures") && !page.contains("No curves"))
    // The earlier run has its own cells, not those of the last one.
    expectSuccess(try report("--run", "1", "--output", "first"))
    let first = String(decoding: try folder.bytes("first/run-1.md"), as: UTF8.self)
    #expect(
      first.hasPrefix("# Own: SqueezeNet 1.1 on 4 images of photos, canonical and distorted\n"))
    #expect(first.contains("Distorted images: 2 draws of each by the distortion mine@"))
  }

  @Test("what cannot be reported is an error of one line")
  func errors() throws {
    expectFailure(try report("sample", "--output", "out"), "r.sqlite: there is no such database")
    #expect(try report("--output", "out").status == 64)
    #expect(try report("sample", "--run", "1", "--output", "out").status == 64)
    #expect(try report("sample", "--output", "out", "--format", "pdf").status == 64)
    #expect(try report("sample").status == 64)
    #expect(!FileManager.default.fileExists(atPath: folder.file("r.sqlite")))
  }
}
