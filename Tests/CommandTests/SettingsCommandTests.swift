import Foundation
import Support
import Testing

/// Settings from files that extend others and from options, and what is said of them.
@Suite("realitygap train --set, extends, schema")
struct SettingsCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let tiny = """
      version: 1
      name: tiny
      seed: 7
      corrector: { stages: [unet], unet: { width: 2, depth: 1 } }
      phases:
        - { name: paint, learn: [unet], steps: 3, batch: 1, learning_rate: 1.0e-3 }

      """
    try folder.add("tiny.yaml", Data(tiny.utf8))
    try folder.add("small.yaml", Data("extends: tiny.yaml\nname: small\n".utf8))
    let photo = try #require(try Repository.photos().first)
    try folder.add("photos/a.jpg", try Data(contentsOf: URL(fileURLWithPath: photo)))
  }

  private func train(_ file: String, _ options: String...) throws -> Output {
    try Command.run(
      ["train", file, "--images", "photos", "--output", "out", "--database", "r.sqlite"] + options,
      in: folder)
  }

  @Test("what ran is stored resolved, and runs show says what differs from the file")
  func changes() throws {
    expectSuccess(
      try train(
        "small.yaml", "--set", "corrector.unet.width=3", "--set", "phases.paint.batch=2", "--seed",
        "9", "--steps", "2"))
    let shown = try Command.run(["runs", "show", "1", "--database", "r.sqlite"], in: folder)
    expectSuccess(shown)
    for line in [
      "name      small", "corrector.unet.width  3 (file: 2)", "phases.paint.batch    2 (file: 1)",
      "seed                  9 (file: 7)", "steps                 2 (file: 3)",
      "training.corrector.unet.width", "training.phases[0].batch",
    ] { #expect(shown.text.contains(line), "\(line) in\n\(shown.text)") }
    expectSuccess(
      try train(
        "small.yaml", "--set", "corrector.unet.width=3", "--set", "phases.paint.batch=2", "--seed",
        "9", "--steps", "4", "--resume"))
    let rows = try folder.rows(
      "r.sqlite",
      """
      SELECT id, status, json_extract(configuration, '$.training.phases[0].steps'),
        json_extract(configuration, '$.training.extended') FROM runs
      """)
    #expect(rows == [["1", "finished", "4", "2"]])
  }

  @Test(
    "an option that makes no sense is one line that names it",
    arguments: [
      ("corrector.unet.widht=3", "did you mean width?"),
      ("corrector.unet.width=wide", "must be a whole number, 1...256"),
      ("phases.pain.steps=3", "did you mean paint?"),
      ("phases", "must be key=value"),
    ])
  func nonsense(_ setting: String, _ words: String) throws {
    expectFailure(try train("tiny.yaml", "--set", setting), "--set \(setting): ", words)
  }

  @Test("schema prints JSON Schema in which the shipped files' keys are")
  func schema() throws {
    for kind in ["train", "sweep", "experiment", "tables", "distortion", "prints"] {
      let output = try Command.run(["schema", kind], in: folder)
      expectSuccess(output)
      #expect(JSONValue(json: output.text) != nil)
    }
    let train = try Command.run(["schema", "train"], in: folder)
    let width = ["properties", "corrector", "properties", "unet", "properties", "width"]
    let own = JSONValue(json: train.text)?["anyOf"]?.elements.first
    let schema = width.reduce(own) { $0?[$1] }
    #expect(schema?["minimum"] == .integer(1) && schema?["maximum"] == .integer(256))
    #expect(try Command.run(["schema"], in: folder).status == 64)
  }

  @Test("--seeds trains once with each, and goes on where it was")
  func seeds() throws {
    for extra in [[], ["--resume"]] {
      let output = try Command.run(
        [
          "train", "tiny.yaml", "--images", "photos", "--output", "out", "--database", "r.sqlite",
          "--seeds", "4..5",
        ] + extra, in: folder)
      expectSuccess(output)
      #expect(output.lines.count == 2)
    }
    let seeds = "SELECT json_extract(configuration, '$.training.seed') FROM runs ORDER BY id"
    #expect(try folder.rows("r.sqlite", seeds) == [["4"], ["5"]])
    #expect(try train("tiny.yaml", "--seeds", "5..4").status == 64)
  }

  private static let sweep = """
    version: 1
    name: widths
    train: tiny.yaml
    grid:
      corrector.unet.width: [2, 3]
      seed: [1, 2]

    """

  private func sweep(_ options: String...) throws -> Command {
    try Command(
      ["sweep", "sweep.yaml", "--images", "photos", "--output", "out", "--database", "r.sqlite"]
        + options, in: folder)
  }

  @Test("two processes share a sweep: each training once, whoever does it; a third finds all done")
  func shared() throws {
    try folder.add("sweep.yaml", Data(Self.sweep.utf8))
    let both = try [try sweep(), try sweep()].map { try $0.finish() }
    both.forEach { expectSuccess($0) }
    let cells = try folder.rows(
      "r.sqlite",
      """
      SELECT value, status, json_extract(configuration, '$.training.corrector.unet.width'),
        json_extract(configuration, '$.training.seed')
      FROM runs JOIN tags ON run_id = id AND tags.name = 'cell' ORDER BY value
      """)
    #expect(
      cells == [
        ["width=2,seed=1", "finished", "2", "1"], ["width=2,seed=2", "finished", "2", "2"],
        ["width=3,seed=1", "finished", "3", "1"], ["width=3,seed=2", "finished", "3", "2"],
      ])
    let third = try sweep().finish()
    #expect(third.lines.count == 4 && third.lines.allSatisfy { $0.hasSuffix("was finished") })
  }

  @Test("a sweep that was killed goes on with the training that it was at")
  func killed() throws {
    try folder.add(
      "sweep.yaml", Data(Self.sweep.replacing("seed: [1, 2]", with: "seed: [1]").utf8))
    let first = try sweep("--steps", "4000")
    let isRunning = "SELECT 1 FROM runs WHERE status = 'running'"
    while first.isRunning, (try? folder.rows("r.sqlite", isRunning))?.isEmpty != false {
      usleep(20_000)
    }
    first.send(SIGKILL)
    _ = try first.finish()
    // What it was at ends early by being another training; a sweep of the same steps takes it up.
    let again = try sweep("--steps", "4000")
    usleep(1_500_000)
    again.send(SIGINT)
    let stopped = try again.finish()
    #expect(stopped.status == 130)
    #expect(stopped.errors.contains("stopped at training 1 of 2, width=2,seed=1"))
    let runs = try folder.rows("r.sqlite", "SELECT id, status, resumed FROM runs")
    #expect(runs == [["1", "interrupted", "1"]])
  }

  @Test(
    "a sweep that makes no sense is one line",
    arguments: [
      ("corrector.unet.width", "corrector.unet.widht", "did you mean width?"),
      ("[2, 3]", "[2, wide]", "must be a whole number"),
      ("[2, 3]", "[2, 2]", "two of its trainings are the same"),
      ("train: tiny.yaml", "train: other.yaml", "other.yaml: cannot be read"),
    ])
  func badSweep(_ old: String, _ new: String, _ words: String) throws {
    try folder.add("sweep.yaml", Data(Self.sweep.replacing(old, with: new).utf8))
    expectFailure(try sweep().finish(), words)
  }

  @Test("Documentation/Keys.md is what schema --markdown prints (make keys)")
  func reference() throws {
    let output = try Command.run(["schema", "--markdown"], in: folder)
    let page = try String(
      contentsOfFile: Repository.path("Documentation/Keys.md"), encoding: .utf8)
    #expect(output.text == page)
  }
}
