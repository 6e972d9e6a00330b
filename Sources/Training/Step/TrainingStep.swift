import Models
import NeuralNetworks
import Tensors

/// One step of a phase: forward, D's loss and step (with an adversary), G's losses, backward, clip,
/// Adam.
package final class TrainingStep {
  /// Thrown when a number is not finite or absurdly large; parameters are as before the step, except
  /// D's.
  struct Diverged: Error {
    let part: String
    let value: Float
  }

  let phase: TrainingConfiguration.Phase
  /// G's optimiser, over the parameters that learn.
  let adam: Adam
  private let seed: UInt64
  private let objective: Objective
  private let learning: [TrainableParameter]
  private let generator: Corrector
  private let adversary: Adversary?
  private let tape: Tape

  /// Freezes what the phase does not train, and starts with fresh moments.
  package init(
    _ configuration: TrainingConfiguration, phase: TrainingConfiguration.Phase,
    generator: Corrector, adversary: Adversary?, tape: Tape
  ) {
    self.phase = phase
    seed = configuration.seed
    self.generator = generator
    self.adversary = adversary
    self.tape = tape
    objective = Objective(phase: phase, form: configuration.discriminator.form)
    learning = phase.learn.flatMap(generator.parameters(of:))
    generator.parameters.parameters.freeze(true)
    learning.freeze(false)
    adam = Adam(
      learning,
      options: Adam.Options(
        learningRate: phase.learningRate, beta1: configuration.betas[0],
        beta2: configuration.betas[1]), context: tape.context)
  }

  /// - Parameter step: of the phase, from 0: for the learning rate and the draws.
  /// - Returns: losses, unweighted, and the gradient's norm, by name.
  /// - Throws: `Diverged`; `UserError` when the back end fails.
  package func callAsFunction(
    _ batch: TrainingBatch, step: Int
  ) throws -> [(name: String, value: Float)] {
    adam.options.learningRate = objective.learningRate(step: step)
    var parts: [(name: String, value: Float)] = []
    let (loss, estimates) = try generatorLoss(batch, refines: refines(step), &parts)
    try checkFinite(loss.parts)
    learning.clearGradients()
    try tape.backward(from: loss.total)
    adversary?.network.parameters.parameters.freeze(false)
    let norm = GradientNorm.norm(learning, context: tape.context)
    parts = loss.parts + parts + [("gradient_norm", Float(norm))]
    try checkFinite(parts)
    adam.step(scale: phase.clip.map { GradientNorm.clipFactor(norm: norm, maximum: $0) } ?? 1)
    // An estimate that was given, not predicted, has no error.
    for stage in phase.active where !phase.exact.contains(stage) {
      guard let estimate = estimates[stage] else { continue }
      parts += stage.metrics(of: estimate.value, theta: batch.theta)
    }
    return parts
  }

  /// Whether this step's images are read as the transformer's refinement says.
  private func refines(_ step: Int) -> Bool {
    guard let share = phase.refined else { return true }
    var stream = RandomStream(
      seed: seed, purpose: "training refinement", item: phase.name, draw: step)
    return stream.uniform() < share
  }

  /// G's loss on a batch and its stages' estimates; with an adversary, D learns first and adds its
  /// part.
  private func generatorLoss(
    _ batch: TrainingBatch, refines: Bool, _ parts: inout [(name: String, value: Float)]
  ) throws -> (Objective.Value, [CorrectorConfiguration.Stage: Variable]) {
    let x = tape.constant(batch.distorted)
    if !phase.losses.compareImages, let theta = try generator.theta(tape, x) {
      return (try objective.thetaLoss(tape, theta, batch.theta), [.stn: theta])
    }
    let mode = Corrector.Mode(
      learning: Set(phase.learn),
      active: Set(phase.active.filter { $0.truth != .colors || !phase.exact.contains($0) }),
      theta: phase.exact.contains { $0.truth == .theta } ? batch.theta : nil,
      transformed: batch.transformed, refines: refines)
    let output = try generator(tape, x, mode: mode)
    let target = try objective.target(tape, batch, theta: output.theta)
    var verdict: Variable?
    if phase.losses.adversarial > 0, let adversary {
      parts += try adversary.learn(
        real: target.value, fake: output.corrected.value, objective, backend: tape.backend)
      adversary.network.parameters.parameters.freeze(true)
      verdict = try adversary.network.logits(tape, output.corrected, training: true)
    }
    let loss = try objective.generatorLoss(
      tape, output, target: target, theta: batch.theta, verdict: verdict)
    return (loss, output.estimates)
  }

  private func checkFinite(_ parts: [(name: String, value: Float)]) throws {
    for part in parts {
      // Gradients may be large where losses are not; clip takes care of them.
      let limit: Float = part.name == "gradient_norm" ? 1e9 : 1e6
      guard part.value.isFinite, abs(part.value) <= limit else {
        throw Diverged(part: part.name, value: part.value)
      }
    }
  }
}
