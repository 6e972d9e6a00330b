import ArgumentParser
import Models
import NeuralNetworks
import Tensors
import Training

/// `realitygap bench train`: images per second of a training step of the paper's G and D.
struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Images per second of a training step of the paper's G and D, equation (1).",
    discussion: """
      STN, U-Net with batch norm and discriminator; forward, both losses, backward, both Adam \
      steps, on one fixed batch.
      """)

  @Option(help: "Channels of the U-Net's first level.")
  var width = 64

  @Option(help: "Images per step.")
  var batch = 8

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var measurement: MeasurementOptions

  func validate() throws {
    try check("width", width, in: 1...256)
    try check("batch", batch, in: 2...256)
  }

  func run() throws {
    let configuration = try TrainingConfiguration(yaml: recipe, file: "bench train")
    let context = try compute.makeContext()
    let tape = Tape(backend: try compute.makeTrainingBackend(), context: context)
    let step = TrainingStep(
      configuration, phase: configuration.phases[0],
      generator: try Corrector(configuration.corrector, seed: 1),
      adversary: try Adversary(configuration, context: context), tape: tape)
    let batch = TrainingBatch(
      canonical: noise("canonical"), distorted: noise("distorted"),
      theta: Tensor([self.batch, 2, 3]) { memory in
        for index in 0..<memory.count { memory[index] = index % 6 % 4 == 0 ? 1 : 0 }
      })
    let result = try Measurement(
      "train width \(width) \(compute.precision.rawValue)", unit: "images/s",
      engine: compute.engine.rawValue, batch: self.batch,
      threads: context.pool.threads, by: measurement, amount: Double(self.batch)
    ) { _ = try step(batch, step: 0) }
    try measurement.report([result])
  }

  private func noise(_ purpose: String) -> Tensor {
    Tensor.random([batch, ImageSide.distorted, ImageSide.distorted, 3], purpose: purpose)
  }

  /// Experiments/train-paper.yaml's networks and losses.
  private var recipe: String {
    """
    version: 1
    name: bench
    corrector: { stages: [stn, unet], unet: { width: \(width), depth: 4, normalization: batch } }
    discriminator: { widths: [64, 128, 256] }
    phases:
      - { name: joint, learn: [stn, unet], steps: 1, batch: \(batch), learning_rate: 1.0e-4,
          losses: { mse: 1, adversarial: 0.25 } }
    """
  }
}
