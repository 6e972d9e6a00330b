import Foundation
import Testing

@Suite("Usage and streams")
struct UsageTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "impossible options are wrong usage, exit 64, and name the option",
    arguments: [
      ["reproduce", "sample", "--draws", "0"], ["reproduce", "sample", "--draws", "many"],
      ["reproduce", "sample", "--limit", "0"], ["reproduce", "sample", "--batch", "0"],
      ["bench", "convolution", "--batch=-1"], ["reproduce", "sample", "--batch", "100000"],
      ["reproduce", "sample", "--threads", "0"],
      ["reproduce", "sample", "--precision", "float8"], ["reproduce", "sample", "--engine", "gpu"],
      ["reproduce", "sample", "--seed", "18446744073709551615"],
      ["reproduce", "sample", "--frobnicate"], ["reproduce"], ["run"], ["classify"], ["frobnicate"],
      ["classify", "--weights", "w.h5"], ["classify", "x.jpg"], ["distort", "x.jpg"],
      ["distort", "x.jpg", "--output", "o", "--seed", "1", "--parameters", "p"],
      ["distort", "x.jpg", "--output", "o", "--seed", "1", "--draw=-1"],
      ["canonical", "x.jpg", "--output", "o", "--size", "225"], ["import", "x"], ["inspect"],
      ["export", "csv"], ["export", "tensorboard"], ["export", "mlflow"],
      ["export", "csv", "--output", "o", "--run", "1", "--experiment", "x"],
      ["import-predictions", "p.csv", "--experiment", "e", "--dataset", "d"],
      [
        "import-predictions", "p.csv", "--experiment", "e", "--dataset", "d", "--draws", "2",
        "--model", "resnet50",
      ],
      [
        "import-predictions", "p.csv", "--experiment", "e", "--dataset", "d", "--model", "m",
        "--draws", "2",
      ],
      ["runs", "--limit=-1"], ["runs", "--kind", "walk"], ["runs", "show"],
      ["runs", "delete", "a"],
      ["runs", "tag", "1"], ["runs", "note", "1"], ["database", "frobnicate"],
      ["database", "merge"],
    ])
  func wrongUsage(arguments: [String]) throws {
    let output = try Command.run(arguments, in: folder)
    #expect(output.status == 64, "\(output.errors)")
    #expect(output.bytes.isEmpty)
    #expect(output.errorLines.first?.hasPrefix("Error: ") == true)
    #expect(output.errors.contains("Usage: realitygap"))
    if arguments.count > 3, let option = arguments.last(where: { $0.hasPrefix("--") }) {
      #expect(output.errors.contains(option.prefix { $0 != "=" }), "\(output.errors)")
    }
    expectNoCrash(output)
    #expect(!FileManager.default.fileExists(atPath: folder.file("realitygap.sqlite")))
  }

  @Test(
    "a mistyped name is answered with the nearest that there is",
    arguments: [
      (["rnus"], "did you mean runs?"), (["runs", "shwo", "1"], "did you mean show?"),
      (["database", "chekc"], "did you mean check?"), (["export", "cvs"], "did you mean csv?"),
      (["runs", "--databse", "x"], "Did you mean '--database'?"),
      (["reproduce", "sampel"], "did you mean sample?"),
      (["reproduce", "sample", "--models", "squeezenet"], "did you mean squeezenet1_1?"),
      (["reproduce", "sample", "--data", "sampl=x"], "did you mean sample?"),
      (["classify", "x.jpg", "--weights", "w", "--model", "resent50"], "did you mean resnet50?"),
      (["distort", "x.jpg", "--output", "x.ppm", "--seed", "1", "--preset", "papr"], "paper?"),
      (["report", "x", "--output", "o", "--format", "markdwon"], "did you mean markdown?"),
    ])
  func suggestions(arguments: [String], words: String) throws {
    let output = try Command.run(arguments, in: folder)
    #expect(output.status == 64 || output.status == 1)
    #expect(output.errorLines.first?.contains(words) == true, "\(output.errors)")
  }

  @Test("--output is the name everywhere, and earlier names are still understood")
  func outputEverywhere() throws {
    for command in ["run", "reproduce", "export tensorboard", "export csv", "report", "train"] {
      let words = command.split(separator: " ").map(String.init)
      let help = try Command.run(words + ["--help"], in: folder)
      #expect(help.text.contains("--output"), "\(command)")
    }
    for command in ["run", "reproduce", "classify", "import", "bench inference", "runs list"] {
      let words = command.split(separator: " ").map(String.init)
      let help = try Command.run(words + ["--help"], in: folder)
      #expect(help.text.contains("--models"), "\(command)")
    }
    let published = try Command.run(["reproduce", "paper-tables", "--reports", "a"], in: folder)
    expectSuccess(published)
    expectSuccess(try Command.run(["reproduce", "paper-tables", "--output", "b"], in: folder))
    #expect(try folder.bytes("a/paper.md") == folder.bytes("b/paper.md"))
  }

  @Test("every command explains itself")
  func help() throws {
    let commands = [
      "run", "reproduce", "classify", "canonical", "distort", "import", "inspect", "runs",
      "database", "simulate-prints", "export", "import-predictions",
    ]
    let overview = try Command.run(["--help"], in: folder)
    expectSuccess(overview)
    for command in commands {
      #expect(overview.text.contains("\n  \(command) "))
      let output = try Command.run([command, "--help"], in: folder)
      expectSuccess(output)
      #expect(output.text.hasPrefix("OVERVIEW: ") && output.errors.isEmpty)
      #expect(output.text.contains("USAGE: realitygap \(command)"))
    }
    let distort = try Command.run(["distort", "--help"], in: folder)
    #expect(distort.text.contains("\"interpolation\": \"nearest\""))
  }

  @Test("an engine that cannot do a precision says which can")
  func precision() throws {
    let output = try Command.run(
      [
        "classify", "--weights", Repository.weights, Repository.photo, "--engine", "openblas",
        "--precision", "bfloat16",
      ], in: folder)
    expectFailure(output, "openblas", "float32")
  }

  @Test("a reader that stops early ends it quietly")
  func closedPipe() throws {
    let output = try Command.shell(
      #""$RG" inspect "$1" | head -1; "$RG" classify --weights "$1" "$2" 2>&1 | true"#,
      [Repository.weights, Repository.photo], in: folder)
    #expect(output.lines.count == 1 && output.errors.isEmpty)
    let progress = try Command.shell(
      #""$RG" "$@" 2>&1 | head -1"#, Sample.arguments(["--draws", "1", "--limit", "1"]), in: folder)
    #expect(progress.lines.count == 1)
    expectNoCrash(progress)
  }

  @Test("results that cannot be written to a full disk are a failure")
  func fullOutput() throws {
    for command in [#"inspect "$1""#, #"classify --weights "$1" "$2""#] {
      let output = try Command.shell(
        "exec \"$RG\" \(command) >/dev/full", [Repository.weights, Repository.photo], in: folder)
      expectFailure(output, "standard output", "No space left")
    }
  }

  @Test("progress that cannot be written does not matter")
  func fullProgress() throws {
    let output = try Command.shell(
      #"exec "$RG" "$@" 2>/dev/full"#, Sample.arguments(["--draws", "1", "--limit", "1"]),
      in: folder)
    expectSuccess(output)
    #expect(output.text.contains("SqueezeNet"))
  }

  @Test("closed streams are not mistaken for files")
  func closedStreams() throws {
    let output = try Command.shell(
      #"exec "$RG" "$@" <&- >&- 2>&-"#, Sample.arguments(["--draws", "1", "--limit", "2"]),
      in: folder)
    expectSuccess(output)
    #expect(try folder.rows("r.sqlite", "PRAGMA integrity_check") == [["ok"]])
    let report = String(decoding: try folder.bytes("reports/sample.md"), as: UTF8.self)
    #expect(report.hasPrefix("# Sample"))
    let drawn = try Command.shell(
      #"exec "$RG" distort "$1" --output x.ppm --seed 1 >&-"#, [Repository.photo], in: folder)
    expectSuccess(drawn)
    _ = try folder.pixelDigest("x.ppm", side: 256)
  }
}
