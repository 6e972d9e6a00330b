import Foundation
import Testing
import WeightFiles

@Suite("Networks that leave, and networks of others")
struct ExternalNetworkTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private let corrector = Repository.path("Experiments/sample/corrector-lattice.h5")

  private func run(_ arguments: String...) throws -> Output {
    try Command.run(arguments, in: folder)
  }

  @Test("a corrector comes back from safetensors as it was")
  func safetensors() throws {
    expectSuccess(
      try run("export", "safetensors", corrector, "--output", "G.safetensors"))
    expectSuccess(try run("import", "G.safetensors", "--output", "G.h5"))
    let (before, after) = (
      try StateDict.load(corrector), try StateDict.load(folder.file("G.h5"))
    )
    #expect(after.attributes["configuration"] == before.attributes["configuration"])
    #expect(Set(after.names) == Set(before.names))
    #expect(before.names.allSatisfy { after[$0]?.elements == before[$0]?.elements })
    expectSuccess(
      try run("correct", Repository.photo, "--corrector", "G.h5", "--output", "y.png"))
  }

  @Test("an ONNX model says on stderr what it lacks; what is no network is one line")
  func onnx() throws {
    let output = try run("export", "onnx", corrector, "--output", "G.onnx")
    expectSuccess(output)
    #expect(output.errors.contains("left out: refinement by the lattice"))
    #expect(output.text.contains("[N, 3, 256, 256]") && output.text.contains("[N, 3, 224, 224]"))
    let classifier = try run(
      "export", "onnx", Repository.weights, "--uint8", "--output", "s.onnx")
    expectSuccess(classifier)
    #expect(classifier.text.contains("uint8 [N, 3, 224, 224]"))
    #expect(classifier.text.contains("logits float32 [N, 1000]"))
    expectFailure(
      try run("export", "onnx", Repository.photo, "--output", "x.onnx"), "imagenet_00_243.jpg")
    expectFailure(
      try run("export", "onnx", corrector, "--output", "none/x.onnx"), "none/x.onnx")
  }

  @Test("ŷ as numbers is what the image shows")
  func floats() throws {
    expectSuccess(
      try run(
        "correct", Repository.photo, "--corrector", corrector, "--output", "y.png", "--floats",
        "y.safetensors"))
    let tensor = try #require(
      try WeightImporter.importFile(folder.file("y.safetensors")).weights["corrected"])
    #expect(tensor.shape == [1, 224, 224, 3] && tensor.firstNonFinite == nil)
  }

  private func evaluate(_ mode: String, _ options: [String] = []) throws -> Output {
    let worker = Repository.path("Tests/EvaluationTests/Fixtures/worker.py")
    return try Sample.run(
      [
        "--draws", "2", "--limit", "5", "--models", "other", "--classifier",
        "other=python3 '\(worker)' \(mode)",
      ] + options, in: folder)
  }

  @Test("another program's model has cells like any other, until it is another model")
  func worker() throws {
    let output = try evaluate("good a", ["--batch", "3"])
    expectSuccess(output)
    #expect(output.text.contains("other"))
    let cells = try folder.rows(
      "r.sqlite",
      "SELECT model, engine, engine_version, precision FROM evaluations GROUP BY 1, 2, 3, 4")
    #expect(cells == [["other", "external", "python 3", "unknown"]])
    #expect(try Sample.count(folder, "predictions") == 15)
    #expect(
      try folder.rows("r.sqlite", "SELECT source FROM weights") == [["test a, python 3"]])
    #expect(try evaluate("good a").errors.contains("nothing to compute"))
    // Neither the engine nor the batch size of this program is of any concern to it.
    #expect(try evaluate("good a", ["--engine", "openblas"]).errors.contains("nothing to compute"))
    expectSuccess(try evaluate("good b"))
    #expect(try Sample.count(folder, "predictions") == 30)
  }

  @Test("a process that fails is one line; what was stored before stays")
  func failures() throws {
    expectFailure(try evaluate("die"), "classifier other", "out of memory", afterProgress: true)
    expectFailure(try evaluate("nan"), "other", "not finite", afterProgress: true)
    expectFailure(
      try evaluate("silent", ["--classifier-timeout", "1"]), "classifier other",
      "--classifier-timeout", afterProgress: true)
    expectFailure(try Sample.run(["--classifier", "x"], in: folder), "--classifier x")
    expectFailure(
      try Sample.run(["--classifier", "vgg11=true"], in: folder), "vgg11", "another name")
  }
}
