import ArgumentParser
import Models
import Tensors

/// `realitygap bench inference`: images a second of one network, from tensor to logits.
struct BenchInferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference",
    abstract: "Images a second of a network, with random weights, from tensor to logits.")

  @Option(help: "The models, with commas between (default: all).")
  var model: String?

  @OptionGroup var batching: BatchOptions

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var measurement: MeasurementOptions

  func run() throws {
    let names = model?.split(separator: ",").map(String.init) ?? Architecture.all.map(\.name)
    let engine = try compute.makeEngine()
    let context = compute.makeContext()
    let results = try names.map { name in
      let architecture = try Architecture.named(name)
      let classifier = try Classifier(
        architecture.randomWeights(seed: 1), file: "random weights", architecture: architecture,
        engine: engine, precision: compute.precision, context: context)
      var random = RandomStream(seed: 1, purpose: "bench")
      let images = Tensor([batching.size, 224, 224, 3]) { memory in
        for index in 0..<memory.count { memory[index] = Float(random.uniform(in: -2...2)) }
      }
      return try Measurement(
        "inference \(name) \(compute.precision.rawValue)", unit: "images/s",
        engine: compute.engine.rawValue, batch: batching.size, threads: context.pool.threads,
        seconds: measurement.seconds, amount: Double(batching.size)
      ) { _ = try classifier.logits(images) }
    }
    try measurement.report(results)
  }
}
