import Evaluation
import Foundation
import Support
import Testing
import Tracking

@Suite("Experiment files")
struct ExperimentTests {
  static let minimal = """
    version: 1
    name: mine
    models: [squeezenet1_1]
    datasets:
      - {name: photos, path: data/photos}
    conditions: [canonical, distorted]
    """

  private func failure(_ text: String) -> String? {
    do {
      _ = try Experiment(yaml: text, file: "/lab/mine.yaml")
      return nil
    } catch { return "\(error)" }
  }

  @Test("a minimal file has defaults, and paths count from its folder")
  func minimal() throws {
    let experiment = try Experiment(yaml: Self.minimal, file: "/lab/mine.yaml")
    #expect(experiment.title == "mine" && experiment.draws == 1 && experiment.seed == 0)
    #expect(experiment.datasets.map(\.path) == ["/lab/data/photos"])
    #expect(experiment.distortion == "paper" && experiment.limit == nil)
    #expect(experiment.digest.count == 64)
  }

  @Test("an experiment's corrector can be replaced and left out")
  func corrector() throws {
    let text = Self.minimal + "\ncorrector: models/g.h5\n"
    let experiment = try Experiment(yaml: text, file: "/lab/mine.yaml")
    #expect(experiment.corrector == .file("/lab/models/g.h5"))
    #expect(try experiment.applying(.init()).corrector == experiment.corrector)
    let other = CorrectorChoice.file("other.h5")
    #expect(try experiment.applying(.init(corrector: other)).corrector == other)
    #expect(try experiment.applying(.init(withoutCorrector: true)).corrector == nil)
  }

  @Test("several correctors have names, in the file and on the command line, and keep their order")
  func severalCorrectors() throws {
    let text = Self.minimal + "\ncorrector: {print: models/p.h5, paper: /g.h5}\n"
    let experiment = try Experiment(yaml: text, file: "/lab/mine.yaml")
    let named = CorrectorChoice.named([
      .init(name: "print", path: "/lab/models/p.h5"), .init(name: "paper", path: "/g.h5"),
    ])
    #expect(experiment.corrector == named)
    #expect(
      try CorrectorChoice(options: ["print=/lab/models/p.h5", "paper=/g.h5"]) == named)
    #expect(try CorrectorChoice(options: ["g.h5"]) == .file("g.h5"))
    #expect(try CorrectorChoice(options: ["./a=b.h5"]) == .file("./a=b.h5"))
    #expect(
      try CorrectorChoice(options: ["a=b=c.h5"]) == .named([.init(name: "a", path: "b=c.h5")]))
    #expect(try CorrectorChoice(options: []) == nil)
    for options in [["a=g.h5", "h.h5"], ["a=g.h5", "a=h.h5"]] {
      #expect(throws: UserError.self) { try CorrectorChoice(options: options) }
    }
    // As it is stored with a run; a path alone is stored as before there could be several.
    for choice in [named, .file("/g.h5")] {
      let json = try JSONEncoder().encode([choice])
      #expect(try JSONDecoder().decode([CorrectorChoice].self, from: json) == [choice])
    }
    let old = try JSONDecoder().decode([CorrectorChoice].self, from: Data(#"["/g.h5"]"#.utf8))
    #expect(old == [.file("/g.h5")])
  }

  @Test(
    "what is not understood is one line with file, line and the known names",
    arguments: [
      ("name: mine", "nmae: mine", "/lab/mine.yaml:2: unknown key nmae; choose from version, name"),
      ("squeezenet1_1", "alexnet", "models[0]: unknown model alexnet; choose from resnet50"),
      ("distorted]", "blurred]", "unknown condition blurred; choose from canonical, distorted"),
      ("path: data", "paht: data", "/lab/mine.yaml:5: datasets[0]: unknown key paht"),
      ("photos}", "photos, kind: zip}", "unknown kind zip; choose from class-archives"),
      ("version: 1", "version: 2", "/lab/mine.yaml:1: version: only version 1"),
      ("name: mine", "seed: 3", "the key name is missing"),
      ("[canonical, distorted]", "[raw, distorted]", "raw and distorted cannot be in one"),
      ("[canonical, distorted]", "[corrected]", "needs distorted or raw beside it"),
      ("[canonical, distorted]", "[canonical, canonical]", "duplicate condition canonical"),
      ("[squeezenet1_1]", "[]", "models: must be a list with at least one element"),
      ("[squeezenet1_1]", "{a: b}", "models: must be a list"),
      ("name: mine", "name: a/b", "name: must consist of letters"),
      ("name: mine", "name: mine\ndraws: 0", "draws: must be a whole number, 1...1000000"),
      ("name: mine", "name: mine\nseed: -1", "seed: must be a whole number, at least 0"),
      ("name: mine", "name: mine\nreport: pdf", "unknown report pdf; choose from table1"),
      ("name: mine", "name: mine\nname: yours", "duplicate key name"),
      ("name: mine", "name: [mine", "not YAML"),
      ("name: mine", "name: mine\ncorrector: {}", "corrector: must be keys and values, at least"),
      ("name: mine", "name: mine\ncorrector: {a b: g.h5}", "a name must consist of letters"),
      ("name: mine", "name: mine\npublished: {source: me}", "the key top1 is missing"),
    ])
  func strict(_ original: String, _ replacement: String, _ message: String) throws {
    let text = Self.minimal.replacingOccurrences(of: original, with: replacement)
    let line = try #require(failure(text))
    #expect(line.contains(message) && !line.contains("\n"), "\(line)")
    #expect(line.hasPrefix("/lab/mine.yaml"))
  }

  @Test("a missing, an empty and a binary file are one line each")
  func unreadable() throws {
    #expect(throws: UserError.self) { try Experiment(file: "/nowhere/mine.yaml") }
    #expect(try #require(failure("")).contains("/lab/mine.yaml: is empty"))
    #expect(try #require(failure("- 1")).contains("must be keys and values"))
  }

  @Test("the experiments that ship are valid and say what the contract says")
  func shipped() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Experiments")
    let table = try Experiment(file: folder.appendingPathComponent("table1.yaml").path)
    #expect(table.models == ["resnet50", "vgg11", "squeezenet1_1"])
    #expect(table.datasets == [.init(name: "imagenet")])
    #expect(table.conditions == [.canonical, .distorted, .corrected])
    #expect(table.published(model: "vgg11", dataset: "imagenet", condition: .distorted) == 57.87)
    let prints = try Experiment(file: folder.appendingPathComponent("table2.yaml").path)
    #expect(prints.models == table.models && prints.conditions == [.raw, .corrected])
    #expect(prints.datasets.map(\.name) == ["printed-1.5in", "printed-5in"])
    #expect(prints.report == "table2" && prints.uncorrected == .raw)
    let best = prints.published(model: "resnet50", dataset: "printed-5in", condition: .corrected)
    #expect(best == 62.3)
    let sample = try Experiment(file: folder.appendingPathComponent("sample.yaml").path)
    #expect(sample.name == "sample" && sample.models == ["squeezenet1_1"] && sample.draws == 50)
    #expect(sample.datasets.map(\.name) == ["sample"])
    let path = try #require(sample.datasets[0].path)
    #expect(FileManager.default.fileExists(atPath: path + "/labels.csv"))
    let weights = try #require(sample.weights)
    #expect(FileManager.default.fileExists(atPath: weights + "/squeezenet1_1.h5"))
  }

  @Test("the command line changes data, models, seed, draws and limit")
  func overrides() throws {
    let text = Self.minimal.replacingOccurrences(of: "[squeezenet1_1]", with: "[vgg11, resnet50]")
    let experiment = try Experiment(yaml: text, file: "/lab/mine.yaml")
    let changed = try experiment.applying(
      ExperimentOverrides(
        data: ["photos": "/p"], models: ["resnet50"], seed: 7, draws: 3, limit: 5, weights: "w"))
    #expect(changed.datasets[0].path == "/p" && changed.models == ["resnet50"])
    #expect(changed.seed == 7 && changed.draws == 3 && changed.limit == 5)
    #expect(changed.weights == "w" && changed.digest == experiment.digest)
    #expect(try experiment.applying(ExperimentOverrides()) == experiment)
  }

  @Test("overrides that fit nothing are one line each, with what there is")
  func badOverrides() throws {
    let experiment = try Experiment(yaml: Self.minimal, file: "/lab/mine.yaml")
    func line(_ overrides: ExperimentOverrides) -> String? {
      do {
        _ = try experiment.applying(overrides)
        return nil
      } catch { return "\(error)" }
    }
    #expect(try #require(line(.init(data: ["imagenet": "/p"]))).contains("it has photos"))
    #expect(try #require(line(.init(models: ["vgg11"]))).contains("it has squeezenet1_1"))
    #expect(try #require(line(.init(draws: 0))).contains("--draws 0"))
    #expect(try #require(line(.init(limit: 0))).contains("--limit 0"))
    #expect(line(.init(seed: .max)) != nil)
    let pathless = try Experiment(
      yaml: Self.minimal.replacingOccurrences(of: ", path: data/photos", with: ""),
      file: "/lab/mine.yaml")
    #expect(throws: UserError.self) { try pathless.applying(ExperimentOverrides()) }
  }
}
