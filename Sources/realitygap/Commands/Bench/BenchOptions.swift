import ArgumentParser
import Models
import NeuralNetworks
import Tensors

/// What the benchmarks of networks share: a batch size, how to compute and how long to measure.
struct BenchOptions: ParsableArguments {
  @OptionGroup var batching: BatchOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var measurement: MeasurementOptions

  /// Measures `body`, which does `amount` units of work.
  func measure(
    _ work: String, unit: String = "images/s", amount: Double, _ context: ComputeContext,
    _ body: () throws -> Void
  ) rethrows -> Measurement {
    try Measurement(
      work, unit: unit, engine: compute.engine.rawValue, batch: batching.size,
      threads: context.pool.threads, by: measurement, amount: amount, body)
  }

  /// A network whose weights are in no file.
  func classifier(
    _ architecture: Architecture, _ backend: any Backend, _ context: ComputeContext
  ) throws -> Classifier {
    try Classifier(
      architecture.randomWeights(seed: 1), file: "random weights", architecture: architecture,
      backend: backend, precision: compute.precision, context: context)
  }

  /// Images per second of a network with random weights, on random images.
  func measureInference(
    _ architecture: Architecture, _ backend: any Backend, _ context: ComputeContext
  ) throws -> Measurement {
    let classifier = try classifier(architecture, backend, context)
    let images = Tensor.random([batching.size, ImageSide.canonical, ImageSide.canonical, 3])
    return try measure(
      "inference \(architecture.name) \(compute.precision.rawValue)",
      amount: Double(batching.size), context
    ) { _ = try classifier.logits(images) }
  }
}

extension Tensor {
  /// Uniform random numbers: what they are changes no speed.
  ///
  /// - Parameter purpose: of their stream; other purposes give other numbers.
  static func random(
    _ shape: [Int], in range: ClosedRange<Double> = -2...2, purpose: String = "bench"
  ) -> Tensor {
    var random = RandomStream(seed: 1, purpose: purpose)
    return Tensor(shape) { memory in
      for index in 0..<memory.count { memory[index] = Float(random.uniform(in: range)) }
    }
  }
}

extension Corrector {
  /// The paper's G with random parameters.
  ///
  /// - Parameter width: channels of the first level of its U-Net.
  static func paper(width: Int) throws -> Corrector {
    var configuration = CorrectorConfiguration.paper
    configuration.unet.width = width
    return try Corrector(configuration, seed: 1)
  }
}
