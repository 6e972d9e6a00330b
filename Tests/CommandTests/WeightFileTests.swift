import Foundation
import Support
import Testing
import WeightFiles

@Suite("realitygap import and inspect")
struct WeightFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func fixture(_ name: String) -> String {
    Repository.path("Tests/WeightFilesTests/Fixtures/\(name)")
  }

  private func importing(_ file: String, _ options: [String] = []) throws -> Output {
    try Command.run(["import", file, "--output", "w.h5"] + options, in: folder)
  }

  private func classify(_ weights: String, _ options: [String] = []) throws -> Output {
    try Command.run(["classify", "--weights", weights, Repository.photo] + options, in: folder)
  }

  @Test("a .pth in zip and legacy form and a .safetensors give the same tensors")
  func importedAlike() throws {
    var seen: [[Float]] = []
    for file in ["zip.pth", "legacy.pth", "plain.safetensors"] {
      expectFailure(
        try importing(fixture(file)), file, "fits none of resnet50", "features.1.running_var",
        "--allow-unknown")
      #expect(!FileManager.default.fileExists(atPath: folder.file("w.h5")))
      let output = try importing(fixture(file), ["--allow-unknown"])
      expectSuccess(output)
      #expect(output.text.contains("w.h5: 4 tensors, model unknown"))
      let weights = try StateDict.load(folder.file("w.h5"))
      #expect(weights.attributes["source"]?.contains(file) == true)
      seen.append(weights.names.sorted().flatMap { weights[$0]?.elements ?? [] })
      try FileManager.default.removeItem(atPath: folder.file("w.h5"))
    }
    #expect(!seen[0].isEmpty)
    #expect(seen[1] == seen[0] && seen[2] == seen[0])
  }

  @Test("files that are no weights are refused, and nothing is executed or written")
  func badImports() throws {
    for file in ["malicious.pth", "malicious_legacy.pth"] {
      expectFailure(try importing(fixture(file)), file, "system", "refused", "state_dict")
    }
    expectFailure(try importing(fixture("whole_module.pth")), "whole_module.pth", "refused")
    expectFailure(try importing(fixture("not_state_dict.pth")), "holds no state dict")
    expectFailure(try importing(fixture("plain.pickle")), "plain.pickle", "neither")
    expectFailure(try importing(Repository.photo), "neither a PyTorch file")
    expectFailure(try importing("missing.pth"), "missing.pth: no such file")
    expectFailure(try importing("."), "not a regular file")
    for file in ["zip.pth", "legacy.pth", "plain.safetensors"] {
      let whole = try Repository.bytes("Tests/WeightFilesTests/Fixtures/\(file)")
      for part in [0, 1, whole.count / 3, whole.count - 5] {
        try folder.add(file, whole.prefix(part))
        expectFailure(try importing(file), file)
      }
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("w.h5")))
  }

  @Test("import --model refuses weights of another model, and a model that is not known")
  func wrongModel() throws {
    let zip = fixture("zip.pth")
    expectFailure(try importing(zip, ["--model", "vgg11"]), zip, "vgg11", "missing: features.3")
    expectFailure(
      try importing(zip, ["--model", "alexnet"]), "alexnet", "resnet50, vgg11, squeezenet1_1")
    #expect(!FileManager.default.fileExists(atPath: folder.file("w.h5")))
  }

  @Test("an output that cannot be written is told")
  func badOutput() throws {
    let zip = fixture("zip.pth")
    for output in ["no/where.h5", "/proc/w.h5", "/dev/full", "./"] {
      expectFailure(try Command.run(["import", zip, "--output", output], in: folder), output)
    }
  }

  @Test("of several state dicts the one taken is said, stored, and can be chosen")
  func stateDicts() throws {
    let averaged = try importing(fixture("timm.pth"))
    expectSuccess(averaged)
    #expect(averaged.errors.contains("took state_dict_ema; it also holds state_dict "))
    #expect(averaged.text.contains("model squeezenet1_1"))
    #expect(
      try Command.run(["inspect", "w.h5"], in: folder).text.contains("timm.pth, state_dict_ema ("))
    let raw = try importing(fixture("timm.pth"), ["--state-dict", "state_dict"])
    expectSuccess(raw)
    #expect(try StateDict.load(folder.file("w.h5"))["classifier.1.bias"]?[0] == 0.25)
    expectFailure(
      try importing(fixture("timm.pth"), ["--state-dict", "ema"]), "no state dict named ema",
      "it has state_dict, state_dict_ema")
  }

  @Test("wrapped checkpoints of a known model are imported, and said to have been")
  func wrappers() throws {
    let output = try importing(fixture("lightning.pth"), ["--model", "squeezenet1_1"])
    expectSuccess(output)
    #expect(output.errors.contains("removed the prefix model._orig_mod. from all names"))
    #expect(output.errors.contains("left out criterion.weight, train_acc.total"))
    expectSuccess(try classify("w.h5"))
  }

  @Test("a network of other classes is imported as it is, and used with their list")
  func otherClasses() throws {
    expectSuccess(try importing(fixture("ten_classes.pth")))
    expectFailure(try classify("w.h5"), "w.h5: has 10 classes", "--classes")
  }

  @Test("what is no single known model is refused, with what is closest or there to choose")
  func misfits() throws {
    expectFailure(
      try importing(fixture("best_last.pth")), "best (squeezenet1_1), last (squeezenet1_1)",
      "--state-dict")
    let distilled = fixture("distilled.pth")
    expectFailure(try importing(distilled), "state_dict.student", "state_dict.teacher")
    #expect(!FileManager.default.fileExists(atPath: folder.file("w.h5")))
    expectSuccess(try importing(distilled, ["--state-dict", "state_dict.student"]))
    #expect(try StateDict.load(folder.file("w.h5"))["classifier.1.bias"]?[0] == 0.5)
  }

  @Test("inspect says that a corrector is one: its stages and size; others say so of it too")
  func inspectCorrector() throws {
    let file = Repository.path("Experiments/sample/corrector.h5")
    let output = try Command.run(["inspect", file], in: folder)
    expectSuccess(output)
    #expect(output.lines.contains("corrector  stn → color → unet, 1588153 parameters"))
    #expect(output.lines.contains("training_steps  6000"))
    #expect(!output.text.contains("fits none"))
    let json = try Command.run(["inspect", "--json", file], in: folder)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
    let corrector = try #require(object["corrector"] as? [String: Any])
    #expect(corrector["stages"] as? [String] == ["stn", "color", "unet"])
    #expect(corrector["parameters"] as? Int == 1_588_153)
    expectFailure(try classify(file), "a corrector, not the weights", "--corrector")
    expectFailure(
      try classify(Repository.weights, ["--corrector", Repository.weights]),
      "not a corrector but the weights of squeezenet1_1")
    expectSuccess(try Command.run(["import", file, "--output", "c.h5"], in: folder))
    #expect(try Command.run(["inspect", "c.h5"], in: folder).text.contains("stn → color → unet"))
  }

  @Test("inspect lists what cannot be read, with the reason, and claims no model for it")
  func inspectProblems() throws {
    let unwritten = try Command.run(["inspect", fixture("unwritten.h5")], in: folder)
    expectSuccess(unwritten)
    #expect(unwritten.text.contains("(was created but never written)"))
    #expect(unwritten.lines.contains("model    unknown: 4 of the tensors cannot be read"))
    let links = try Command.run(["inspect", fixture("broken_soft.h5")], in: folder)
    #expect(links.lines.contains { $0.hasPrefix("gone  link to /nowhere/w  (cannot be opened") })
  }

  @Test("inspect lists tensors, model and SHA-256")
  func inspect() throws {
    let digest = try FileDigest.sha256(path: Repository.weights)
    let output = try Command.run(["inspect", Repository.weights], in: folder)
    expectSuccess(output)
    #expect(output.lines.contains { $0.hasPrefix("features.0.weight") && $0.contains("float32") })
    #expect(output.lines.contains("model    squeezenet1_1"))
    #expect(output.lines.contains("SHA-256  \(digest)"))
    let json = try Command.run(["inspect", "--json", Repository.weights], in: folder)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
    #expect(object["sha256"] as? String == digest)
    #expect((object["tensors"] as? [Any])?.count == 52)
  }

  @Test("weight files that are damaged or of another kind are one line each, in every command")
  func badWeights() throws {
    let whole = try Repository.bytes("Experiments/sample/squeezenet1_1.h5")
    for part in [0, 7, 100, 3000, 1_000_000, whole.count - 1] {
      try folder.add("cut.h5", whole.prefix(part))
      expectFailure(try Command.run(["inspect", "cut.h5"], in: folder), "cut.h5")
      expectFailure(try classify("cut.h5"), "cut.h5")
    }
    expectFailure(try classify("missing.h5"), "missing.h5", "no such file")
    expectFailure(try classify(fixture("zip.pth")), "zip.pth", "realitygap import")
    expectFailure(try classify(Repository.weights, ["--model", "resnet50"]), "squeezenet1_1")
    expectFailure(
      try classify(Repository.weights, ["--model", "alexnet"]), "alexnet", "resnet50, vgg11")
    expectFailure(try Command.run(["inspect", "missing.h5"], in: folder), "missing.h5")
    expectFailure(try Command.run(["inspect", "/"], in: folder), "not a regular file")
  }

  @Test("NaN, another number of classes, and missing or extra tensors are named")
  func wrongTensors() throws {
    let weights = try StateDict.load(Repository.weights)
    func file(_ name: String, _ change: (inout StateDict) throws -> Void) throws -> String {
      var changed = weights
      try change(&changed)
      try changed.write(folder.file(name))
      return name
    }
    let nan = try file("nan.h5") { weights in
      var tensor = try #require(weights["features.0.bias"])
      tensor.withUnsafeMutableBufferPointer { $0[3] = .nan }
      weights["features.0.bias"] = tensor
    }
    expectFailure(try classify(nan), "nan.h5", "features.0.bias", "nan", "element 3")
    let ten = try file("ten.h5") { weights in
      for name in ["classifier.1.weight", "classifier.1.bias"] {
        let tensor = try #require(weights[name])
        let values = Array(tensor.elements.prefix(tensor.count / 100))
        weights[name] = .init(values, shape: [10] + tensor.shape.dropFirst())
      }
    }
    expectFailure(try classify(ten), "ten.h5")
    let model = ["--model", "squeezenet1_1"]
    expectFailure(try classify(ten, model), "ten.h5", "10 classes", "1000")
    let missing = try file("missing.h5") { $0["features.3.squeeze.bias"] = nil }
    expectFailure(try classify(missing, model), "missing: features.3.squeeze.bias")
    let extra = try file("extra.h5") { $0["fc.bias"] = .init([1, 2]) }
    expectFailure(try classify(extra, model), "unexpected: fc.bias")
  }

  @Test("--logits that cannot be written are told before the network runs")
  func badLogits() throws {
    for path in ["no/l.h5", "/proc/l.h5", "/dev/full"] {
      let output = try classify(Repository.weights, ["--logits", path])
      expectFailure(output, path)
      #expect(output.bytes.isEmpty)
    }
  }
}
