import Foundation
import Support
import Testing
import Tracking

@Suite("What is stored as a run's configuration")
struct ConfigurationTests {
  private struct File: Encodable {
    struct Phase: Encodable {
      var name = "stn"
      var steps = 30
      var learningRate = 0.0002
      var losses = ["theta": 1.0]
    }

    var name = "mine"
    var seed = UInt64.max
    var phases = [Phase()]
  }

  private func training(_ file: some Encodable) throws -> TrainingRunConfiguration {
    try TrainingRunConfiguration(
      training: file, images: .init(path: "photos", count: 12, fingerprint: "f"), validation: nil,
      initial: StoredFile(path: "G.h5", sha256: "g"), engine: "auto", precision: "float32")
  }

  private func record(_ kind: RunKind, _ json: String) throws -> RunRecord {
    let bench = try Workbench()
    let id = try bench.store.startRun(
      NewRun(kind: kind, name: "mine", configuration: json, command: "", versions: [:]))
    return try #require(try bench.store.run(id))
  }

  @Test("a training run's has the file's keys in snake case, its numbers as they were, its phases")
  func trainingText() throws {
    let configuration = try training(File())
    let json = """
      {"engine":"auto","images":{"count":"12","fingerprint":"f","path":"photos"},\
      "initial":{"path":"G.h5","sha256":"g"},"precision":"float32","training":{"name":"mine",\
      "phases":[{"learning_rate":0.0002,"losses":{"theta":1},"name":"stn","steps":30}],\
      "seed":18446744073709551615}}
      """
    #expect(try configuration.json() == json)
    #expect(try TrainingRunConfiguration(stored: json) == configuration)
    #expect(configuration.phases.map(\.steps) == [30])
    #expect(TrainingPhases(configuration: json).phases.map(\.name) == ["stn"])
  }

  @Test("a training file whose phases a report could not read is not stored")
  func unreadablePhases() {
    #expect(throws: DecodingError.self) { try training(["phases": [["name": "stn"]]]) }
    #expect(throws: DecodingError.self) { try training(["name": "mine"]) }
  }

  @Test("an agreement run's says so where there is no corrector")
  func agreementText() throws {
    let configuration = AgreementConfiguration(
      images: .init(path: "photos", count: 3, fingerprint: "f"), corrector: nil,
      network: StoredFile(path: "w.h5", sha256: "w"), distortion: "paper", draws: 4, seed: 2020,
      batch: 16, engine: "auto", precision: "float32")
    let json = """
      {"batch":16,"corrector":null,"distortion":"paper","draws":4,"engine":"auto",\
      "images":{"count":3,"fingerprint":"f","path":"photos"},\
      "network":{"path":"w.h5","sha256":"w"},"precision":"float32","seed":"2020"}
      """
    #expect(try configuration.json() == json)
    guard case .agreement(let read) = try record(.agreement, json).stored else {
      Issue.record("not read")
      return
    }
    #expect(read == configuration)
  }

  @Test("an import's is told from an evaluation's")
  func importText() throws {
    let cell = ImportedCell(
      experiment: "mine", dataset: "photos", model: "convnext", condition: .corrected, isRaw: true,
      corrector: ("g", "G.h5"), source: "timm")
    let json = try ImportConfiguration(cell, file: "p.csv", sha256: "p", fingerprint: "f").json()
    #expect(
      json == """
        {"file":"p.csv","fingerprint":"f","imported":{"condition":"corrected","corrector":"g",\
        "correctorPath":"G.h5","dataset":"photos","draws":1,"experiment":"mine",\
        "model":"convnext","source":"timm","view":"raw"},"sha256":"p"}
        """)
    let run = try record(.evaluate, json)
    guard case .imported(let read) = run.stored else {
      Issue.record("not read")
      return
    }
    #expect(read.imported == cell && run.evaluation == nil && run.unreadConfiguration == nil)
  }

  @Test(
    "an evaluation's is read with the camel-case keys of earlier versions, and asks for its cells")
  func earlierKeys() throws {
    let run = try record(
      .evaluate,
      """
      {"batchSize":16,"datasets":{"myPhotos":"f1"},"engine":"openblas","experiment":{"conditions":\
      ["canonical"],"datasets":[{"name":"myPhotos"}],"description":"","digest":"d","distortion":\
      "paper","draws":1,"file":"e.yaml","models":["vgg11"],"name":"mine","report":"table1","seed":0,\
      "title":"Mine"},"precision":"float32","weights":{"vgg11":"w1"}}
      """)
    let configuration = try #require(run.evaluation)
    #expect(configuration.batchSize == 16 && configuration.correctors == nil)
    #expect(configuration.datasets == ["myPhotos": "f1"])
    let cell = CellIdentity(
      model: "vgg11", weights: "w1", dataset: "f1", condition: .canonical, view: .canonical,
      engine: "openblas", precision: "float32")
    #expect(configuration.asks(for: cell))
    #expect(try configuration.json().contains(#""batch_size":16,"datasets":{"myPhotos":"f1"}"#))
  }

  @Test(
    "what cannot be read is named in a sentence; where nothing was stored, nothing is missing",
    arguments: [
      (RunKind.train, #"{"seed":1}"#, "training is missing"),
      (.train, #"{"training":{"phases":[{"name":"a"}]}}"#, "training.phases.1.steps is missing"),
      (.train, #"{"training":{"phases":[{"name":"a","steps":-1}]}}"#, "training has a phase"),
      (.agreement, "[1]", "it is not a JSON object"),
      (.evaluate, #"{"experiment":3}"#, "experiment is of another type"),
      (.evaluate, "{}", nil),
    ] as [(RunKind, String, String?)])
  func unreadable(kind: RunKind, json: String, reason: String?) throws {
    let sentence = try record(kind, json).unreadConfiguration
    guard let reason else {
      #expect(sentence == nil)
      return
    }
    #expect(
      sentence?.hasPrefix("the configuration of run 2 cannot be read: \(reason)") == true,
      "\(String(describing: sentence))")
  }
}
