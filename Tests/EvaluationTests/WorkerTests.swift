import Evaluation
import Foundation
import Support
import Tensors
import Testing
import Tracking

/// Of Fixtures/worker.py, which knows nothing but the protocol's page.
@Suite("Classifiers in processes of their own")
struct WorkerTests {
  private func classifier(
    _ mode: String, timeLimit: TimeInterval = 60
  ) throws -> ExternalClassifier {
    let script = try #require(
      Bundle.module.url(forResource: "Fixtures/worker", withExtension: "py"))
    return try ExternalClassifier(
      ExternalModel(name: "test", command: "exec python3 '\(script.path)' \(mode)"),
      classes: 1000, timeLimit: timeLimit
    )
  }

  /// Images whose first numbers tell them apart.
  private func batch(_ count: Int, from start: Int) -> Tensor {
    Tensor([count, 8, 8, 3]) { memory in
      for place in memory.indices { memory[place] = Float(start) + Float(place) / 64 }
    }
  }

  private func first(_ logits: Tensor, image: Int) -> [Float] {
    (0..<11).map { logits[image * 1000 + $0] }
  }

  @Test("batches on their way together are answered in their order, to the bit")
  func order() throws {
    let worker = try classifier("good")
    let batches = [(3, 0), (1, 100), (5, 200), (64, 300)].map { batch($0.0, from: $0.1) }
    let ends = [worker.begin(Array(batches[..<2])), worker.begin(Array(batches[2...]))]
    let logits = try ends.flatMap { try $0() }
    #expect(logits.map(\.shape) == batches.map { [$0.shape[0], 1000] })
    for (batch, logits) in zip(batches, logits) {
      for image in 0..<batch.shape[0] {
        let expected = (0..<10).map { batch[image * 192 + $0] } + [-9]
        #expect(first(logits, image: image) == expected)
      }
    }
    #expect(try worker.logits(batches[1]).shape == [1, 1000])
  }

  @Test("it says which model it is")
  func identity() throws {
    let worker = try classifier("good b")
    #expect(worker.name == "test")
    #expect(worker.weightsDigest == FileDigest.sha256(Data("b".utf8)))
    #expect(worker.engineVersion == "python 3")
    #expect(worker.record(command: "x").source == "test b, python 3")
    #expect(try classifier("good c").weightsDigest != worker.weightsDigest)
  }

  @Test(
    "what does not begin as a worker is an error",
    arguments: [
      ("early", "exit status 1: no such model"), ("chatty", "\"loading\""),
      ("newer", "version 3"), ("ten", "10 classes"), ("digest", "no SHA-256"),
    ])
  func beginning(_ mode: String, _ words: String) throws {
    let error = #expect(throws: UserError.self) { _ = try classifier(mode) }
    let text = try #require(error?.description)
    #expect(text.contains("classifier test (exec python3 ") && text.contains(words), "\(text)")
  }

  @Test(
    "what ends or answers something else is an error",
    arguments: [
      ("die", "exit status 1: out of memory"), ("killed", "signal 9"), ("fewer", "1 of 2 images"),
      ("half", "500 numbers"), ("print", "something else than an answer"),
      ("cut", "exit status 0"), ("header", "exit status 0"), ("huge", "4294967295 × 4294967295"),
      // 800 MB that never come.
      ("many", "200000 images, more than any batch has"),
    ])
  func answers(_ mode: String, _ words: String) throws {
    let worker = try classifier(mode)
    let error = #expect(throws: UserError.self) { _ = try worker.logits(batch(2, from: 0)) }
    let text = try #require(error?.description)
    #expect(text.contains("classifier test (exec python3 ") && text.contains(words), "\(text)")
  }

  @Test(
    "an answer too many is an error, not the next batch's; so is an output that is closed",
    arguments: [
      ("twice", "batch 0 where batch 1 is next"), ("closes", "closed its standard output"),
    ])
  func following(_ mode: String, _ words: String) throws {
    let worker = try classifier(mode)
    let error = #expect(throws: UserError.self) {
      _ = try worker.logits(ofParts: [batch(2, from: 0), batch(2, from: 10), batch(2, from: 20)])
    }
    let text = try #require(error?.description)
    #expect(text.contains(words), "\(text)")
  }

  @Test("who says nothing is not waited for", arguments: ["mute", "silent"])
  func silence(_ mode: String) throws {
    let start = Date()
    let error = #expect(throws: UserError.self) {
      _ = try classifier(mode, timeLimit: mode == "mute" ? 0.5 : 3).logits(batch(1, from: 0))
    }
    #expect(try #require(error?.description).contains("--classifier-timeout"))
    #expect(Date().timeIntervalSince(start) < 30)
  }

  @Test("a command that there is not is an error of the shell's words")
  func missing() throws {
    let error = #expect(throws: UserError.self) {
      _ = try ExternalClassifier(
        ExternalModel(name: "x", command: "/no/such/worker"), classes: 1000,
        timeLimit: 60)
    }
    #expect(try #require(error?.description).contains("/no/such/worker"))
  }

  @Test("options and files name classifiers; names of the program's own models are taken")
  func names() throws {
    #expect(
      try ExternalModel(option: "a=b --c=d")
        == ExternalModel(name: "a", command: "b --c=d"))
    for option in ["a", "=b", "a=", "a b=c", "a= "] {
      #expect(throws: UserError.self) { _ = try ExternalModel(option: option) }
    }
    let text = """
      version: 1
      name: test
      models: [vgg11]
      classifiers: { other: run it }
      datasets: [{ name: set, path: here }]
      conditions: [canonical]
      """
    let experiment = try Experiment(yaml: text, file: "x.yaml")
    #expect(experiment.models == ["vgg11", "other"])
    #expect(experiment.external("other")?.command == "run it")
    let added = try experiment.applying(
      ExperimentOverrides(
        models: ["more"], classifiers: [ExternalModel(name: "more", command: "c")]))
    #expect(added.models == ["more"] && added.classifiers?.map(\.name) == ["more"])
    for name in ["other", "resnet50"] {
      #expect(throws: UserError.self) {
        _ = try experiment.applying(
          ExperimentOverrides(classifiers: [ExternalModel(name: name, command: "c")]))
      }
    }
    #expect(throws: UserError.self) {
      _ = try Experiment(
        yaml: text.replacing("other:", with: "resnet18:"), file: "x.yaml")
    }
  }
}
