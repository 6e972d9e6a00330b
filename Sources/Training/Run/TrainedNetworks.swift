import Models
import NeuralNetworks
import Support
import Tensors
import WeightFiles

/// What a run trains: G, the running means of its parameters, and the discriminator.
final class TrainedNetworks {
  let generator: Corrector
  let adversary: Adversary?
  private var average: RunningAverage?
  /// Where the parameters come from: the origin's digest and stages; empty for fresh ones.
  let origin: String

  /// - Parameter initial: where training starts, or `nil` for fresh parameters.
  /// - Throws: `UserError` for a configuration that makes no network, or an origin that has no stage
  ///   of the same architecture.
  init(
    _ configuration: TrainingConfiguration, initial: Trainer.Origin?, context: ComputeContext,
    note: (String) -> Void
  ) throws {
    let generator = try Corrector(configuration.corrector, seed: configuration.seed)
    self.generator = generator
    origin = try initial.map { try Self.adopt($0, into: generator, configuration, note) } ?? ""
    let needsAdversary = configuration.phases.contains { $0.losses.adversarial > 0 }
    adversary = needsAdversary ? try Adversary(configuration, context: context) : nil
    average = configuration.averaging.map {
      RunningAverage(generator.parameters, decay: Float($0))
    }
  }

  /// Takes stages over.
  ///
  /// - Returns: a space, the origin's digest and the names of its stages.
  private static func adopt(
    _ initial: Trainer.Origin, into generator: Corrector,
    _ configuration: TrainingConfiguration, _ note: (String) -> Void
  ) throws -> String {
    let adopted = try generator.adopt(try CorrectorFile.load(initial.path), initial.stages)
    let names = adopted.map(\.rawValue).joined(separator: ", ")
    guard !adopted.isEmpty else {
      throw UserError(
        "\(initial.path): has no stage with the architecture of one in \(configuration.name)",
        remedy: "use its sizes in the training file")
    }
    note("starting from \(names) of \(initial.path)")
    return " \(try FileDigest.sha256(path: initial.path)) \(names)"
  }

  /// A phase starts.
  func beginPhase() { average?.restart() }

  /// A step was made.
  func update() { average?.update(generator.parameters) }

  /// Runs `body` with the means in place of G's parameters, as it is written and validated.
  func withMeans<Value>(_ body: (Corrector) throws -> Value) rethrows -> Value {
    let current = average?.exchange(generator.parameters)
    defer { if let current { average?.giveBack(current, generator.parameters) } }
    return try body(generator)
  }

  /// Everything to continue from.
  ///
  /// - Parameter adam: G's optimiser.
  func checkpoint(
    step: Int, of length: RunLength, run: Int64, identity: String, adam: Adam,
    sums: [String: MetricLog.Sum]
  ) -> Checkpoint {
    var states = ["generator": generator.parameters.state]
    var moments = ["generator": adam.moments]
    if let average { states["average"] = average.state }
    if let adversary {
      states["discriminator"] = adversary.network.parameters.state
      moments["discriminator"] = adversary.adam.moments
    }
    return Checkpoint(
      step: step, length: length, run: run, identity: identity, states: states,
      moments: moments, sums: sums)
  }

  /// Goes back to a checkpoint.
  ///
  /// - Throws: `UserError` naming the file and what it lacks.
  func load(_ checkpoint: Checkpoint, file: String) throws {
    // What a group lacks is named when it is loaded.
    try generator.parameters.load(checkpoint.states["generator"] ?? StateDict(), file: file)
    try average?.load(checkpoint.states["average"] ?? StateDict(), file: file)
    try adversary?.restore(checkpoint, file: file)
  }
}
