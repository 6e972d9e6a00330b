import Models
import NeuralNetworks
import Tensors

/// One step of a phase: forward, D's loss and step (with an adversary), G's losses, backward, clip,
/// Adam.
///
/// A batch may come in microbatches, of the same size each, and be shared among processes. The gradient
/// is the mean of theirs, summed by a `GradientTree`, and every process makes the same step: the same bits
/// whoever computed what. Batch norms normalise by their microbatch, and its moments reach the running
/// statistics in the order of the microbatches.
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
  private let group: any ProcessGroup

  /// Freezes what the phase does not train, and starts with fresh moments.
  package init(
    _ configuration: TrainingConfiguration, phase: TrainingConfiguration.Phase,
    generator: Corrector, adversary: Adversary?, tape: Tape,
    group: any ProcessGroup = SingleProcess()
  ) {
    self.phase = phase
    seed = configuration.seed
    self.generator = generator
    self.adversary = adversary
    self.tape = tape
    self.group = group
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
    try self(StepBatch(batch), step: step)
  }

  /// The same of a batch in microbatches; losses are their means.
  package func callAsFunction(
    _ batch: StepBatch, step: Int
  ) throws -> [(name: String, value: Float)] {
    adam.options.learningRate = objective.learningRate(step: step)
    let (refines, share) = (refines(step), 1 / Float(batch.count))
    var findings = StepFindings(
      statistics(generator.parameters) + statistics(adversary?.network.parameters))
    defer { findings.end() }
    var (batch, first): (StepBatch, Forward?) = (batch, nil)
    var discriminator: StepFindings.Losses = []
    if let adversary, phase.losses.adversarial > 0 {
      // Gone through twice.
      batch = try batch.held()
      (discriminator, first) = try learn(adversary, batch, refines: refines, findings)
    }
    let sum = GradientSum(learning, batch, group, tape.context)
    try batch.forEach { index, microbatch in
      let forward = try first ?? self.forward(microbatch, refines: refines)
      let loss = try loss(of: forward, microbatch)
      try sum.add(index) { try tape.backward(from: loss.total, share: share) }
      findings.add(loss.parts, errors: self.errors(of: forward, microbatch))
    }
    adversary?.network.parameters.parameters.freeze(false)
    try sum.finish()
    let (losses, errors) = try findings.settle(group)
    try checkFinite(losses)
    let norm = GradientNorm.norm(learning, context: tape.context)
    let parts = losses + discriminator + [("gradient_norm", Float(norm))]
    try checkFinite(parts)
    adam.step(scale: phase.clip.map { GradientNorm.clipFactor(norm: norm, maximum: $0) } ?? 1)
    return parts + errors
  }

  private func statistics(_ parameters: ParameterSet?) -> [BatchNormStatistics] {
    (parameters?.statistics ?? []).map(\.values)
  }

  /// Whether this step's images are read as the transformer's refinement says.
  private func refines(_ step: Int) -> Bool {
    guard let share = phase.refined else { return true }
    var stream = RandomStream(
      seed: seed, purpose: "training refinement", item: phase.name, draw: step)
    return stream.uniform() < share
  }

  /// What G made of a microbatch, on the tape.
  private enum Forward {
    case theta(Variable)
    case images(Corrector.Output, target: Variable)
  }

  private func forward(_ batch: TrainingBatch, refines: Bool) throws -> Forward {
    let x = tape.constant(batch.distorted)
    if !phase.losses.compareImages, let theta = try generator.theta(tape, x) {
      return .theta(theta)
    }
    let mode = Corrector.Mode(
      learning: Set(phase.learn),
      active: Set(phase.active.filter { $0.truth != .colors || !phase.exact.contains($0) }),
      theta: phase.exact.contains { $0.truth == .theta } ? batch.theta : nil,
      transformed: batch.transformed, refines: refines)
    let output = try generator(tape, x, mode: mode)
    return .images(output, target: try objective.target(tape, batch, theta: output.theta))
  }

  /// D's step, before G's.
  ///
  /// - Returns: D's loss, and what G made of the microbatch where there is one, which G's step then goes
  ///   on from; where there are more, G makes it again, so that only one takes memory.
  private func learn(
    _ adversary: Adversary, _ batch: StepBatch, refines: Bool, _ findings: StepFindings
  ) throws -> (StepFindings.Losses, Forward?) {
    let isKept = batch.microbatches.count == 1
    var kept: Forward?
    let network = adversary.network.parameters
    let sum = GradientSum(network.parameters, batch, group, tape.context)
    var own = StepFindings(statistics(network))
    try batch.forEach { index, microbatch in
      func forward() throws -> Forward { try self.forward(microbatch, refines: refines) }
      kept = isKept ? try forward() : try tape.withoutRecording(forward)
      guard case .images(let output, let target)? = kept else { return }
      let loss = try adversary.loss(
        real: target.value, fake: output.corrected.value, objective, besides: tape)
      try sum.add(index) { try loss.backward(1 / Float(batch.count)) }
      own.add([("discriminator", loss.value)])
      if !isKept {
        kept = nil
        findings.forget()
      }
    }
    try sum.finish()
    let (losses, _) = try own.settle(group)
    adversary.adam.step()
    network.parameters.freeze(true)
    return (losses, kept)
  }

  /// G's loss on a microbatch.
  private func loss(of forward: Forward, _ batch: TrainingBatch) throws -> Objective.Value {
    switch forward {
    case .theta(let theta): return try objective.thetaLoss(tape, theta, batch.theta)
    case .images(let output, let target):
      let verdict =
        phase.losses.adversarial > 0
        ? try adversary?.network.logits(tape, output.corrected, training: true) : nil
      return try objective.generatorLoss(
        tape, output, target: target, theta: batch.theta, verdict: verdict)
    }
  }

  /// How far the stages' estimates are from the truth; one that was given, not predicted, has no error.
  private func errors(of forward: Forward, _ batch: TrainingBatch) -> StepFindings.Losses {
    let estimates =
      switch forward {
      case .theta(let theta): [CorrectorConfiguration.Stage.stn: theta]
      case .images(let output, _): output.estimates
      }
    return phase.active.filter { !phase.exact.contains($0) }.flatMap { stage in
      estimates[stage].map { stage.metrics(of: $0.value, theta: batch.theta) } ?? []
    }
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
