import Foundation
import Testing
import WeightFiles

@Suite("Experiments and weights that cannot be used")
struct BadExperimentTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ file: String) throws -> Output {
    try Command.run(["run", file, "--database", "r.sqlite", "--reports", "reports"], in: folder)
  }

  @Test(
    "an experiment file that is not understood is one line with file, line and what is known",
    arguments: [
      ("seed: 2020", "sede: 2020", "e.yaml:16: unknown key sede; choose from version, name"),
      ("seed: 2020", "sede: 2020", "published; did you mean seed?"),
      ("[squeezenet1_1]", "[squeezenet]", "did you mean squeezenet1_1?"),
      ("[squeezenet1_1]", "[alexnet]", "unknown model alexnet; choose from resnet50, vgg11"),
      ("[canonical,", "[clean,", "unknown condition clean; choose from canonical, distorted"),
      ("distortion: paper", "distortion: hard", "unknown distortion hard; choose from corruptions"),
      ("report: table1", "report: poem", "unknown report poem; choose from table1"),
      ("    path: sample", "    kind: zip", "unknown kind zip; choose from class-archives"),
      ("draws: 50", "draws: 0", "e.yaml:17: draws: must be a whole number, 1"),
      ("draws: 50", "draws: many", "draws: must be a whole number"),
      ("seed: 2020", "seed: -1", "seed: must be a whole number"),
      ("version: 1", "version: 2", "version: only version 1"),
      ("version: 1", "", "the key version is missing"),
      ("name: sample\n", "name: ../x\n", "name: must consist of letters"),
      ("[squeezenet1_1]", "[]", "models: must be a list with at least one"),
      ("[canonical,", "[raw,", "raw and distorted cannot be in one experiment"),
      ("title: ", "title: [", "not YAML"),
    ])
  func badFile(text: String, replacement: String, words: String) throws {
    let yaml = String(decoding: try Repository.bytes("Experiments/sample.yaml"), as: UTF8.self)
    let changed = try #require(yaml.range(of: text)).lowerBound
    let end = yaml.index(changed, offsetBy: text.count)
    try folder.add("e.yaml", yaml[..<changed] + replacement + yaml[end...])
    expectFailure(try run("e.yaml"), "e.yaml:", words)
    #expect(!FileManager.default.fileExists(atPath: folder.file("r.sqlite")))
  }

  @Test("files that are no experiments are one line")
  func noExperiment() throws {
    try folder.add("empty.yaml", "")
    try folder.add("deep.yaml", "a: " + String(repeating: "[", count: 100_000))
    expectFailure(try run("missing.yaml"), "missing.yaml", "cannot be read")
    expectFailure(try run("."), ".: not a regular file")
    expectFailure(try run("empty.yaml"), "empty.yaml")
    expectFailure(try run("deep.yaml"), "deep.yaml", "not YAML")
    expectFailure(try run(Repository.photo), "not UTF-8 text")
    let unknown = try Command.run(["reproduce", "table9"], in: folder)
    expectFailure(unknown, "no experiment table9", "sample", "table1")
  }

  @Test("an experiment whose data are not given says how to give them")
  func noData() throws {
    let output = try Command.run(["reproduce", "table1", "--weights", "w"], in: folder)
    expectFailure(output, "imagenet", "--data imagenet=PATH")
  }

  @Test("missing weights name the file, how to get it, and --models")
  func noWeights() throws {
    let output = try Sample.run(["--weights", "no"], in: folder)
    expectFailure(
      output, "no/squeezenet1_1.h5", "squeezenet1_1-b8a52dc0.pth", "realitygap import",
      "--weights", "--models")
    let other = try Sample.run(["--models", "resnet50"], in: folder)
    expectFailure(other, "--models resnet50", "it has squeezenet1_1")
    expectFailure(try Sample.run(["--models", ","], in: folder), "--models")
  }

  @Test("damaged weights end a run with one line, and the run is recorded as failed")
  func badWeights() throws {
    let whole = try Repository.bytes("Experiments/sample/squeezenet1_1.h5")
    func run(_ kind: String, _ words: String) throws {
      let output = try Sample.run(["--weights", "w"], in: folder)
      expectFailure(output, "w/squeezenet1_1.h5", words, afterProgress: true)
      #expect(output.bytes.isEmpty)
      let runs = try folder.rows("r.sqlite", "SELECT DISTINCT status FROM runs")
      #expect(runs == [["failed"]], "\(kind)")
    }
    try folder.add("w/squeezenet1_1.h5", whole.prefix(100_000))
    try run("truncated", "truncated")
    try folder.add("w/squeezenet1_1.h5", "")
    try run("empty", "empty")
    var weights = try StateDict.load(Repository.weights)
    weights["classifier.1.bias"] = .init([0, .infinity])
    try weights.write(folder.file("w/squeezenet1_1.h5"))
    try run("misshapen", "classifier.1.weight is [1000, 512, 1, 1], not [2, 512, 1, 1]")
  }

  @Test("a corrector that is missing or none is one line")
  func badCorrector() throws {
    let missing = try Sample.run(["--corrector", "no.h5", "--limit", "1"], in: folder)
    expectFailure(missing, "no.h5", afterProgress: true)
    let other = try Sample.run(["--corrector", Repository.weights, "--limit", "1"], in: folder)
    expectFailure(other, Repository.weights, afterProgress: true)
  }
}
