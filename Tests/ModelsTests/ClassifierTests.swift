import Foundation
import Models
import NeuralNetworks
import Support
import Tensors
import Testing
import WeightFiles

@Suite("Classifiers")
struct ClassifierTests {
  @Test(
    "logits equal torchvision's on every engine",
    arguments: Architecture.all.map(\.name), EngineName.inThisBuild)
  func goldenLogits(model: String, engine: EngineName) throws {
    let expected = try golden(model)
    let architecture = try Architecture.named(model)
    let classifier = try Classifier(
      Synthetic.weights(architecture), file: "synthetic", architecture: architecture,
      backend: try engine.makeBackend(), context: ComputeContext(threads: 2))
    let logits = try classifier.logits(Synthetic.images()).elements
    #expect(relativeError(logits, expected) < 1e-3)
  }

  @Test("threads and the place in the batch change nothing that matters")
  func batchAndThreads() throws {
    let architecture = Architecture.squeezenet1_1
    let weights = Synthetic.weights(architecture)
    let expected = try golden(architecture.name)
    let images = Synthetic.images()
    let five = Tensor([5, 224, 224, 3]) { memory in
      let pixels = images.elements
      for index in 0..<memory.count { memory[index] = pixels[index % pixels.count] }
    }
    for threads in [1, 3] {
      let classifier = try Classifier(
        weights, file: "synthetic", architecture: architecture,
        backend: try EngineName.auto.makeBackend(), context: ComputeContext(threads: threads))
      let logits = try classifier.logits(five).elements
      #expect(relativeError(logits, expected + expected + expected.prefix(1000)) < 1e-3)
      // The same call again gives the same bits.
      #expect(try classifier.logits(five).elements == logits)
    }
  }

  @Test("several tensors together give each image what it gets alone")
  func parts() throws {
    let architecture = Architecture.squeezenet1_1
    let classifier = try Classifier(
      Synthetic.weights(architecture), file: "synthetic", architecture: architecture,
      backend: try EngineName.auto.makeBackend(), context: ComputeContext(threads: 2))
    let images = Synthetic.images()
    let size = images.count / images.shape[0]
    // 66 images, more than one call takes.
    let many = Tensor([64, 224, 224, 3]) { memory in
      let pixels = images.elements
      for index in 0..<memory.count { memory[index] = pixels[(index + size) % pixels.count] }
    }
    let one = Tensor([1, 224, 224, 3]) { memory in
      let pixels = images.elements
      for index in 0..<memory.count { memory[index] = pixels[index] }
    }
    let parts = [one, images, many]
    let together = try classifier.logits(ofParts: parts)
    #expect(together.map(\.shape) == parts.map { [$0.shape[0], 1000] })
    for (part, logits) in zip(parts, together) {
      #expect(try classifier.logits(part).elements == logits.elements)
    }
    #expect(try classifier.logits(ofParts: []).isEmpty)
    let error = #expect(throws: UserError.self) {
      try classifier.logits(ofParts: [one, Tensor(zeros: [1, 224, 224, 1])])
    }
    #expect(try #require(error).description.contains("[1, 224, 224, 1]"))
  }

  @Test("what is missing, unexpected or misshapen is named in one error")
  func wrongWeights() throws {
    let architecture = Architecture.squeezenet1_1
    var weights = Synthetic.weights(architecture)
    weights["features.0.bias"] = nil
    weights["features.0.scale"] = Tensor([1])
    weights["features.3.squeeze.bias"] = Tensor([1, 2])
    let error = #expect(throws: UserError.self) { try load(weights) }
    let text = try #require(error).description
    for part in ["w.h5", "features.0.bias", "features.0.scale", "squeeze.bias is [2], not [16]"] {
      #expect(text.contains(part))
    }
  }

  @Test(
    "a network of some of the classes has their logits, whatever its family",
    arguments: [Architecture.squeezenet1_1, .resnet18, .vgg11])
  func someClasses(_ architecture: Architecture) throws {
    let kept = [3, 999, 0]
    let whole = Synthetic.weights(architecture)
    var some = whole
    let head = architecture.parameters.suffix(2).map(\.name)
    for name in head {
      let tensor = try #require(whole[name])
      let row = tensor.count / 1000
      let rows = kept.flatMap { Array(tensor.elements[$0 * row..<($0 + 1) * row]) }
      some[name] = Tensor(rows, shape: [kept.count] + tensor.shape.dropFirst())
    }
    #expect(Architecture.matching(some.shapes)?.name == architecture.name)
    #expect(Architecture.matching(some.shapes)?.classes == 3)
    let image = Synthetic.images()
    let all = try load(whole, architecture).logits(image)
    let few = try load(some, architecture).logits(image)
    #expect(few.shape == [image.shape[0], 3])
    for row in 0..<image.shape[0] {
      for (place, index) in kept.enumerated() {
        let (a, b) = (few.elements[3 * row + place], all.elements[1000 * row + index])
        #expect(abs(a - b) <= 1e-5 * max(1, abs(b)))
      }
    }
  }

  @Test("a last layer whose parts have different numbers of classes fits nothing")
  func contradictingClasses() throws {
    var weights = Synthetic.weights(.squeezenet1_1)
    weights["classifier.1.weight"] = Tensor(zeros: [10, 512, 1, 1])
    let error = #expect(throws: UserError.self) { try load(weights) }
    #expect(try #require(error).description.contains("is [10, 512, 1, 1], not [1000, 512, 1, 1]"))
    #expect(Architecture.matching(weights.shapes) == nil)
  }

  @Test("NaN in weights is refused and named")
  func notANumber() throws {
    var weights = Synthetic.weights(.squeezenet1_1)
    weights["features.6.squeeze.bias"]?[3] = .nan
    let error = #expect(throws: UserError.self) { try load(weights) }
    #expect(try #require(error).description.contains("features.6.squeeze.bias holds nan"))
  }

  @Test("tensors tell their model, unknown names list the known ones")
  func matching() throws {
    for architecture in Architecture.all {
      let shapes = Dictionary(
        uniqueKeysWithValues: architecture.parameters.map { ($0.name, $0.shape) })
      #expect(Architecture.matching(shapes)?.name == architecture.name)
    }
    #expect(Architecture.matching([:]) == nil)
    let error = #expect(throws: UserError.self) { try Architecture.named("alexnet") }
    #expect(try #require(error).description.contains("resnet50, vgg11, squeezenet1_1"))
  }

  private func load(
    _ weights: StateDict, _ architecture: Architecture = .squeezenet1_1
  ) throws -> Classifier {
    try Classifier(
      weights, file: "w.h5", architecture: architecture, backend: try OpenBLASBackend(),
      context: ComputeContext(threads: 1))
  }

  private func golden(_ model: String) throws -> [Float] {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/models", withExtension: "h5"))
    return try HDF5File(path: url.path).tensor(model).elements
  }

  /// The largest difference over the standard deviation of what is expected.
  private func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
    let mean = expected.reduce(0) { $0 + Double($1) } / Double(expected.count)
    let variance = expected.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    let deviation = (variance / Double(expected.count)).squareRoot()
    guard actual.count == expected.count else { return .infinity }
    return (zip(actual, expected).map { Double(abs($0 - $1)) }.max() ?? 0) / deviation
  }
}

extension EngineName {
  /// The engines that this build has: without oneDNN, one fewer.
  static var inThisBuild: [EngineName] { allCases.filter { (try? $0.makeBackend()) != nil } }
}
