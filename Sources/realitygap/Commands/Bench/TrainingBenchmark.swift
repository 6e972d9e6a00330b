import Models
import NeuralNetworks
import Tensors
import Training

/// One training step of the paper's G and D, equation (1), on one fixed batch.
struct TrainingBenchmark {
  private let step: TrainingStep
  private let batch: TrainingBatch

  /// - Parameters:
  ///   - width: channels of the U-Net's first level.
  ///   - batch: images.
  init(width: Int, batch: Int, backend: any Backend, context: ComputeContext) throws {
    let configuration = try TrainingConfiguration(
      yaml: Self.recipe(width: width, batch: batch), file: "bench")
    step = TrainingStep(
      configuration, phase: configuration.phases[0],
      generator: try Corrector(configuration.corrector, seed: 1),
      adversary: try Adversary(configuration, context: context),
      tape: Tape(backend: backend, context: context))
    func noise(_ purpose: String) -> Tensor {
      Tensor.random([batch, ImageSide.distorted, ImageSide.distorted, 3], purpose: purpose)
    }
    self.batch = TrainingBatch(
      canonical: noise("canonical"), distorted: noise("distorted"),
      theta: Tensor([batch, 2, 3]) { memory in
        for index in 0..<memory.count { memory[index] = index % 6 % 4 == 0 ? 1 : 0 }
      })
  }

  /// Forward, both losses, backward, both Adam steps.
  func callAsFunction() throws { _ = try step(batch, step: 0) }

  /// Experiments/train-paper.yaml's networks and losses.
  private static func recipe(width: Int, batch: Int) -> String {
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
