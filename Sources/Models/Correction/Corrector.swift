import NeuralNetworks
import Support
import Tensors

/// G, the real-to-canonical transform (paper, section 3.2): from x, 256×256, to ŷ, 224×224, both
/// normalised as the classifiers want it.
public final class Corrector {
  /// Stages and their settings.
  public let configuration: CorrectorConfiguration
  /// Of all stages, under names that begin with the stage's.
  public let parameters: ParameterSet
  private let network: CorrectorNetwork

  /// Height and width of ŷ.
  public static let outputSide = ImageSide.canonical

  /// x.
  static let input = FeatureShape(
    height: ImageSide.distorted, width: ImageSide.distorted, channels: 3)

  /// A corrector with fresh parameters.
  ///
  /// - Throws: `UserError` for a configuration that makes no network.
  public init(_ configuration: CorrectorConfiguration, seed: UInt64) throws {
    try configuration.check()
    self.configuration = configuration
    network = CorrectorNetwork(configuration)
    parameters = ParameterSet(try configuration.parameters, seed: seed)
  }

  /// What it is made of, e.g. `stn → unet, 31043521 parameters`.
  public var summary: String {
    let stages = configuration.orderedStages.map(\.rawValue).joined(separator: " → ")
    let count = parameters.parameters.reduce(0) { $0 + $1.value.count }
    return "\(stages), \(count) parameters"
  }

  /// The parameters of one stage.
  public func parameters(of stage: CorrectorConfiguration.Stage) -> [TrainableParameter] {
    parameters.parameters.filter { $0.name.hasPrefix(stage.prefix) }
  }

  /// Takes over the stages that another corrector has and that are made like this one's.
  ///
  /// - Parameter wanted: leaves the others as they are.
  /// - Returns: these stages, in their order.
  /// - Throws: `UserError` when the other's tensors have other shapes, though its configuration is
  ///   alike.
  public func adopt(
    _ other: Corrector,
    _ wanted: Set<CorrectorConfiguration.Stage> = Set(CorrectorConfiguration.Stage.allCases)
  ) throws -> [CorrectorConfiguration.Stage] {
    let stages = CorrectorConfiguration.Stage.allCases.filter {
      wanted.contains($0) && configuration.isAlike(other.configuration, $0)
    }
    for stage in stages { try parameters.copy(from: other.parameters, prefix: stage.prefix) }
    return stages
  }

  /// What each stage makes of a batch.
  public struct Output {
    /// What stages estimated, before it is applied: θ `[N, 1, 1, 6]` or `[N, 1, 1, 8]`, colour matrices
    /// `[N, 1, 1, 12]`, the U-Net's residual `[N, 224, 224, 3]`.
    public let estimates: [CorrectorConfiguration.Stage: Variable]
    /// What the stages after the transformer gave, `[N, 224, 224, 3]`.
    public let images: [CorrectorConfiguration.Stage: Variable]
    /// The transformer's output before the crop, `[N, 256, 256, 3]`.
    public let transformed: Variable
    /// x_s: its centre, `[N, 224, 224, 3]`.
    public let cropped: Variable
    /// ŷ `[N, 224, 224, 3]`.
    public let corrected: Variable
    /// θ, or `nil` without a transformer.
    public var theta: Variable? { estimates[.stn] }
  }

  /// How stages behave in one pass.
  public struct Mode: Sendable {
    /// Stages that learn: their batch norms use the batch's statistics, gradients reach them.
    public var learning: Set<CorrectorConfiguration.Stage>
    /// Stages that are applied; the others pass their input on.
    public var active: Set<CorrectorConfiguration.Stage>
    /// A sampler in place of the configuration's, or `nil`.
    public var sampling: Sampling?
    /// θ in place of the transformer's, `[N, 2, 3]` or, of homographies, `[N, 8]`; or `nil`.
    public var theta: Tensor?
    /// What the transformer would give for this θ, `[N, 256, 256, 3]`, where it was read from photos;
    /// `nil` reads x.
    public var transformed: Tensor?
    /// Whether θ is refined where the configuration says so.
    public var refines: Bool

    /// By default every stage is applied and none learns.
    public init(
      learning: Set<CorrectorConfiguration.Stage> = [],
      active: Set<CorrectorConfiguration.Stage> = Set(CorrectorConfiguration.Stage.allCases),
      sampling: Sampling? = nil, theta: Tensor? = nil, transformed: Tensor? = nil,
      refines: Bool = true
    ) {
      self.learning = learning
      self.active = active
      self.sampling = sampling
      self.theta = theta
      self.transformed = transformed
      self.refines = refines
    }
  }

  /// Runs the stages on x `[N, 256, 256, 3]`.
  ///
  /// A stage before the first one that learns is computed without a record.
  ///
  /// - Throws: `UserError` when the shape does not fit or the back end fails.
  public func callAsFunction(
    _ tape: Tape, _ x: Variable, mode: Mode = Mode()
  ) throws -> Output {
    try Self.checkShape(x.shape)
    let scope = TapeScope(tape: tape, parameters: parameters, mode: mode)
    let (theta, transformed) = try transform(x, scope)
    let values = try network.finish(transformed, theta: theta, original: x, scope)
    return Output(
      estimates: values.estimates, images: values.images, transformed: transformed,
      cropped: values.cropped, corrected: values.corrected)
  }

  /// - Throws: `UserError` unless the shape is that of images with a centre of 224×224.
  static func checkShape(_ shape: [Int]) throws {
    guard shape.count == 4, shape[3] == 3, shape[1] >= outputSide, shape[2] >= outputSide else {
      throw UserError("a corrector takes images [N, 256, 256, 3], not \(shape)")
    }
  }

  /// θ and the image as it sees it, by what the mode says of both.
  private func transform(
    _ x: Variable, _ scope: TapeScope
  ) throws -> (theta: Variable?, image: Variable) {
    let (tape, mode) = (scope.tape, scope.mode)
    if let theta = mode.theta, let transformed = mode.transformed, scope.isActive(.stn) {
      return (tape.constant(try Self.vector(theta)), tape.constant(transformed))
    }
    let learns = scope.learns(.stn)
    let sampling = learns ? .bilinear : mode.sampling ?? configuration.stn.sampling
    let refines =
      !learns && mode.refines && configuration.stn.refinement == .lattice
      && Lattice.fits(x.shape)
    guard let transformer = network.transformer, scope.isActive(.stn),
      refines || mode.theta != nil
    else { return try network.transform(x, sampling: sampling, scope) }
    return try scope.run(.stn, on: x) { c in
      let theta =
        try mode.theta.map { tape.constant(try Self.vector($0)) }
        ?? scope.settled(
          transformer.estimate(x, original: x, on: c), of: .stn, transformer, on: c)
      guard refines else { return (theta, try c.sample(x, theta: theta, sampling: sampling)) }
      let read = try Lattice.read(
        x.value, theta: theta.value, isExact: mode.theta != nil, sampling: sampling,
        context: tape.context)
      let refined = tape.constant(read.theta)
      // A sampler that was asked for reads at the refined θ.
      return (
        refined,
        mode.sampling == nil
          ? tape.constant(read.image) : try c.sample(x, theta: refined, sampling: sampling)
      )
    }
  }

  /// θ `[N, 2, 3]` or `[N, 8]` as vectors.
  static func vector(_ theta: Tensor) throws -> Tensor {
    guard let numbers = [[2, 3], [8]].first(where: { $0[...] == theta.shape.dropFirst() }),
      let vectors = theta.reshaped([theta.shape[0], 1, 1, numbers.reduce(1, *)])
    else { throw UserError("θ is [N, 2, 3] or [N, 8], not \(theta.shape)") }
    return vectors
  }

  /// θ `[N, 1, 1, 6]` or `[N, 1, 1, 8]` of x alone, recorded, as the transformer learns it; `nil` without
  /// a transformer.
  ///
  /// - Throws: `UserError` when the shape does not fit or the back end fails.
  public func theta(_ tape: Tape, _ x: Variable) throws -> Variable? {
    let pass = Tape(tape, parameters, isTraining: true)
    return try network.transformer.map { try $0.estimate(x, original: x, on: pass) }
  }

  /// The network from x to ŷ, written down: θ as it is predicted, applied to x.
  package func recorded() throws -> RecordedNetwork {
    let (graph, values) = try network.makeGraph()
    return graph.recorded(values.corrected)
  }

  /// The least that G costs for an image, for benchmarks.
  public func bound() throws -> NetworkBound {
    NetworkBound(try network.makeGraph().graph)
  }
}

/// Computes each stage on a tape: recorded if it learns or its input did.
private struct TapeScope: StageScope {
  let tape: Tape
  let parameters: ParameterSet
  let mode: Corrector.Mode

  func isActive(_ stage: CorrectorConfiguration.Stage) -> Bool { mode.active.contains(stage) }

  func learns(_ stage: CorrectorConfiguration.Stage) -> Bool { mode.learning.contains(stage) }

  func run<Result>(
    _ stage: CorrectorConfiguration.Stage?, on input: Variable,
    _ body: (Tape) throws -> Result
  ) throws -> Result {
    let learns = stage.map(learns) ?? false
    let pass = Tape(tape, parameters, isTraining: learns)
    return try learns || input.requiresGradient
      ? body(pass) : tape.withoutRecording { try body(pass) }
  }
}

extension CorrectorConfiguration {
  /// What the stages learn and keep, known before any of it is made.
  var parameters: [Parameter] {
    get throws {
      try CorrectorNetwork(self).makeGraph().graph.parameters
    }
  }

  /// How many numbers the stages learn.
  public var parameterCount: Int {
    get throws { try parameters.filter { !$0.isStatistic }.reduce(0) { $0 + $1.count } }
  }
}
