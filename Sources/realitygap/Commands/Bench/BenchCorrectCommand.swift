import ArgumentParser
import Models
import NeuralNetworks
import Tensors

/// `realitygap bench correct`: images per second of G, from x to ŷ.
struct BenchCorrectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "correct",
    abstract: "Images per second of a corrector, from x to ŷ.")

  @Option(
    help: "A corrector (default: the paper's G with random parameters).",
    completion: .file(extensions: ["h5"]))
  var corrector: String?

  @Option(help: "Channels of the first level of the U-Net of the paper's G.")
  var width = 16

  @Flag(help: "Leave the refinement by the sampling lattice out.")
  var withoutLattice = false

  @OptionGroup var batching: BatchOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var measurement: MeasurementOptions

  func validate() throws {
    guard (1...256).contains(width) else {
      throw ValidationError("--width \(width): must be 1 to 256")
    }
  }

  func run() throws {
    let context = compute.makeContext()
    let batch = batching.size
    let images = Self.images(batch)
    let compiled = try CompiledCorrector(
      try made(), refines: !withoutLattice, backend: try compute.makeBackend(), context: context)
    try measurement.report([
      Measurement(
        "correct \(corrector ?? "width \(width)")", unit: "images/s",
        engine: compute.engine.rawValue, batch: batch, threads: context.pool.threads,
        seconds: measurement.seconds, amount: Double(batch)
      ) { _ = try compiled.correct(images) }
    ])
  }

  private func made() throws -> Corrector {
    if let corrector { return try CorrectorFile.load(corrector) }
    var configuration = CorrectorConfiguration.paper
    configuration.unet.width = width
    return try Corrector(configuration, seed: 1)
  }

  /// Random pixels: what they show changes nothing.
  private static func images(_ batch: Int) -> Tensor {
    var random = RandomStream(seed: 1, purpose: "bench")
    return Tensor([batch, ImageSide.distorted, ImageSide.distorted, 3]) { memory in
      for index in 0..<memory.count { memory[index] = Float(random.uniform(in: -2...2)) }
    }
  }
}
