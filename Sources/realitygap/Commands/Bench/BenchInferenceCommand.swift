import ArgumentParser
import Models
import NeuralNetworks
import Tensors

/// `realitygap bench inference`: images per second of one network, from tensor to logits.
struct BenchInferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference",
    abstract: "Images per second of a network, with random weights, from tensor to logits.")

  @Option(
    name: [.customLong("models"), .customLong("model")],
    help: "The models, comma-separated (default: all).")
  var models: String?

  @OptionGroup var batching: BatchOptions

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var measurement: MeasurementOptions

  func run() throws {
    let names = models?.split(separator: ",").map(String.init) ?? Architecture.all.map(\.name)
    let backend = try compute.makeBackend()
    let context = compute.makeContext()
    let results = try names.map {
      try compute.measureInference(
        Architecture.named($0), backend, context, batch: batching.size,
        seconds: measurement.seconds)
    }
    try measurement.report(results)
  }
}

extension ComputeOptions {
  /// Images per second of a network with random weights, on random images.
  func measureInference(
    _ architecture: Architecture, _ backend: any Backend, _ context: ComputeContext,
    batch: Int, seconds: Double
  ) throws -> Measurement {
    let classifier = try Classifier(
      architecture.randomWeights(seed: 1), file: "random weights", architecture: architecture,
      backend: backend, precision: precision, context: context)
    var random = RandomStream(seed: 1, purpose: "bench")
    let images = Tensor([batch, ImageSide.canonical, ImageSide.canonical, 3]) { memory in
      for index in 0..<memory.count { memory[index] = Float(random.uniform(in: -2...2)) }
    }
    return try Measurement(
      "inference \(architecture.name) \(precision.rawValue)", unit: "images/s",
      engine: self.engine.rawValue, batch: batch, threads: context.pool.threads,
      seconds: seconds, amount: Double(batch)
    ) { _ = try classifier.logits(images) }
  }
}
