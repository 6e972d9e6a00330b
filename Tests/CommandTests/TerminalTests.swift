import Foundation
import Support
import Testing
import Tracking

/// Whether a pseudo-terminal can be had.
private let hasTerminal = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")

@Suite("On a terminal", .enabled(if: hasTerminal, "needs script(1)"))
struct TerminalTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What a terminal of so many columns gets to see, both streams together.
  private func screen(
    _ columns: Int, _ arguments: [String], environment: String = "-u NO_COLOR TERM=xterm"
  ) throws -> String {
    try folder.add(
      "command.sh",
      "stty cols \(columns) rows 50; exec env \(environment) \"$RG\" "
        + arguments.map { "'\($0)'" }.joined(separator: " "))
    return try Command.shell("script -qec 'sh command.sh' /dev/null </dev/null", in: folder).text
  }

  @Test("progress is one line, written over, never as wide as the terminal", arguments: [50, 80])
  func progress(columns: Int) throws {
    let text = try screen(
      columns, Sample.arguments(["--draws", "3", "--limit", "4", "--batch", "1"]))
    // A return alone goes back to the beginning of the line.
    let lines = text.split(separator: "\r\n").filter { $0.contains("images (") }
    #expect(lines.count == 1)
    let updates = lines.flatMap { $0.split(separator: "\r") }
    #expect(updates.count > 1)
    for update in updates { #expect(TerminalText.width(update) < columns, "\(update)") }
  }

  /// A run whose row is wide.
  private func fill() throws {
    let store = try Store(path: folder.file("r.sqlite"))
    let run = try store.startRun(
      NewRun(
        kind: .train, name: "a rather long name of a training", configuration: "{}",
        command: "realitygap train", versions: [:]))
    try store.tag("laboratory", value: "somewhere far away", run: run)
    try store.record(metrics: [.init(step: 1, name: "train/loss", value: 0.5)], run: run)
    try store.finishRun(run, status: .failed, error: "no space")
  }

  @Test("tables fit, and say what they left out", arguments: [40, 80, 120])
  func tables(columns: Int) throws {
    try fill()
    let text = try screen(columns, ["runs", "--database", "r.sqlite"])
    for line in text.split(whereSeparator: \.isNewline) {
      #expect(TerminalText.width(line) <= columns, "\(line)")
    }
    if columns == 40 { #expect(text.contains("omitted for lack of space")) }
    let whole = try Command.run(["runs", "--database", "r.sqlite"], in: folder)
    #expect(whole.lines.contains { TerminalText.width($0) > 120 }, "nothing is cut in a pipe")
  }

  @Test("bold and red are for terminals that want them")
  func style() throws {
    try fill()
    let arguments = ["runs", "--database", "r.sqlite"]
    #expect(try screen(200, arguments).contains("\u{1B}[31mfailed\u{1B}[0m"))
    for environment in ["NO_COLOR=1 TERM=xterm", "TERM=dumb"] {
      #expect(try !screen(200, arguments, environment: environment).contains("\u{1B}"))
    }
    #expect(try !Command.run(arguments, in: folder).text.contains("\u{1B}"))
  }
}

@Suite("Databases on a share that one may only read")
struct ReadOnlyDatabaseTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Root may write anywhere, so that it has to become somebody else.
  private static let somebody =
    geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : ""

  @Test("they are listed, shown, checked, reported, exported and merged from")
  func reading() throws {
    expectSuccess(try Sample.run(["--draws", "1", "--limit", "2"], in: folder))
    let output = try Command.shell(
      """
      mkdir share out; mv r.sqlite share; chmod 444 share/r.sqlite; chmod 555 share
      chmod 755 .; chmod 777 out
      for command in "runs" "runs show 1" "database check" "report sample --output out/r" \
        "export csv --output out/c"; do
        \(Self.somebody) "$RG" $command --database share/r.sqlite || echo "FAILED $command"
      done
      \(Self.somebody) "$RG" database merge share/r.sqlite --database out/mine.sqlite
      \(Self.somebody) "$RG" runs note 1 x --database share/r.sqlite
      ls -A share; chmod 755 share
      """, in: folder)
    #expect(!output.text.contains("FAILED"), "\(output.errors)")
    #expect(output.text.contains("2 new cells, 4 predictions"))
    #expect(output.errors.contains("share/r.sqlite: the database is read-only"))
    #expect(output.lines.last == "r.sqlite", "nothing is left beside it")
  }
}

@Suite("realitygap agreement --database")
struct AgreementRunTests {
  @Test("the result is a run with its settings and metrics, for list, comparison and export")
  func kept() throws {
    let folder = try TemporaryFolder()
    for photo in try Repository.photos().prefix(2) {
      let name = URL(fileURLWithPath: photo).lastPathComponent
      try folder.add("photos/\(name)", Data(contentsOf: URL(fileURLWithPath: photo)))
    }
    for draws in ["1", "2"] {
      let output = try Command.run(
        [
          "agreement", "--images", "photos", "--draws", draws, "--weights", Repository.weights,
          "--database", "r.sqlite", "--name", "mine",
        ], in: folder)
      expectSuccess(output)
      #expect(output.errors.contains("run \(draws) in r.sqlite"))
    }
    #expect(
      try folder.rows("r.sqlite", "SELECT kind, name, status FROM runs WHERE id = 1")
        == [["agreement", "mine", "finished"]])
    let metrics = try folder.rows(
      "r.sqlite", "SELECT name FROM metrics WHERE run_id = 1 ORDER BY name")
    #expect(
      metrics.flatMap { $0 } == [
        "distorted/agreement", "distorted/agreement_lower", "distorted/agreement_upper",
        "distorted/mse", "distorted/relative_mse",
      ])
    let list = try Command.run(
      ["runs", "--kind", "agreement", "--database", "r.sqlite"], in: folder)
    #expect(list.text.contains("agreement") && list.text.contains(" %"))
    let comparison = try Command.run(["compare", "1", "2", "--database", "r.sqlite"], in: folder)
    expectSuccess(comparison)
    #expect(comparison.text.contains("distorted/agreement"))
    expectSuccess(
      try Command.run(["export", "csv", "--output", "o", "--database", "r.sqlite"], in: folder))
    let exported = String(decoding: try folder.bytes("o/metrics.csv"), as: UTF8.self)
    #expect(exported.contains("distorted/agreement,"))
  }
}
