import Models
import NeuralNetworks
import Support
import Tensors
import WeightFiles

/// The discriminator with its optimiser.
package final class Adversary {
  /// D.
  package let network: Discriminator
  /// D's optimiser.
  package let adam: Adam

  /// A discriminator with fresh parameters, for ŷ of 224×224.
  ///
  /// - Throws: `UserError` when its blocks are too many for such images.
  package init(_ configuration: TrainingConfiguration, context: ComputeContext) throws {
    network = try Discriminator(
      widths: configuration.discriminator.widths, seed: configuration.seed)
    adam = Adam(
      network.parameters.parameters,
      options: Adam.Options(
        learningRate: configuration.discriminator.learningRate, beta1: configuration.betas[0],
        beta2: configuration.betas[1]), context: context)
  }

  /// The loss of telling a microbatch's y from its ŷ, which comes without its history.
  ///
  /// - Parameter generator: G's tape, whose record stays as it is.
  /// - Throws: `UserError` when the back end fails.
  func loss(
    real: Tensor, fake: Tensor, _ objective: Objective, besides generator: Tape
  ) throws -> (value: Float, backward: (_ share: Float) throws -> Void) {
    let tape = Tape(besides: generator)
    network.parameters.parameters.freeze(false)
    let yes = try network.logits(tape, tape.constant(real), training: true)
    let no = try network.logits(tape, tape.constant(fake), training: true)
    let loss = try objective.discriminatorLoss(tape, real: yes, fake: no)
    return (loss.value[0], { try tape.backward(from: loss, share: $0) })
  }

  /// - Throws: `UserError` when the checkpoint lacks something.
  func restore(_ checkpoint: Checkpoint, file: String) throws {
    try network.parameters.load(checkpoint.states["discriminator"] ?? StateDict(), file: file)
    // It has none before the first phase in which it learns.
    try adam.restore(checkpoint.moments["discriminator"] ?? [:])
  }
}

extension Tape {
  /// - Parameter share: the result's derivative, 1 for a whole batch.
  func backward(from loss: Variable, share: Float) throws {
    try backward(from: loss, gradient: Tensor(loss.shape) { $0.update(repeating: share) })
  }
}
