import NeuralNetworks
import Support
import Tensors

/// G, the real-to-canonical transform (paper, section 3.2): from x, 256×256, to ŷ, 224×224, both
/// normalised as the classifiers want it.
public final class Corrector {
  public let configuration: CorrectorConfiguration
  /// Of all stages, under names that begin with the stage's.
  public let parameters: ParameterSet
  private let transformer: SpatialTransformer?
  private let color: ColorStage?
  private let unet: UNet?
  private var prepared: PreparedUNet?

  /// Height and width of ŷ.
  public static let outputSide = 224

  /// A corrector with fresh parameters.
  ///
  /// - Throws: `UserError` for a configuration that makes no network.
  public init(_ configuration: CorrectorConfiguration, seed: UInt64) throws {
    try configuration.check()
    self.configuration = configuration
    let set = ParameterSet(seed: seed)
    let stages = configuration.stages
    transformer =
      stages.contains(.stn) ? SpatialTransformer(configuration.transformer, set) : nil
    color = stages.contains(.color) ? ColorStage(configuration.color, set) : nil
    unet =
      stages.contains(.unet)
      ? UNet(
        "unet", inChannels: configuration.unet.inChannels, outChannels: 3, configuration.unet, set)
      : nil
    parameters = set
  }

  /// The parameters of one stage.
  public func parameters(of stage: CorrectorConfiguration.Stage) -> [TrainableParameter] {
    parameters.parameters.filter { $0.name.hasPrefix(stage.prefix) }
  }

  /// Takes over the stages that another corrector has and that are made like this one's.
  ///
  /// - Parameter wanted: leaves the others as they are.
  /// - Returns: these stages, in their order.
  public func adopt(
    _ other: Corrector,
    _ wanted: Set<CorrectorConfiguration.Stage> = Set(CorrectorConfiguration.Stage.allCases)
  ) -> [CorrectorConfiguration.Stage] {
    let stages = CorrectorConfiguration.Stage.allCases.filter {
      wanted.contains($0) && configuration.isAlike(other.configuration, $0)
    }
    for stage in stages { parameters.copy(from: other.parameters, prefix: stage.prefix) }
    return stages
  }

  /// What each stage makes of a batch.
  public struct Output {
    /// θ `[N, 2, 3]`, or `nil` without a transformer.
    public let theta: Variable?
    /// The colour matrices `[N, 3, 4]`, or `nil` without a colour stage.
    public let matrix: Variable?
    /// The transformer's output before the crop, `[N, 256, 256, 3]`.
    public let transformed: Variable
    /// x_s: its centre, `[N, 224, 224, 3]`.
    public let cropped: Variable
    /// After the colour stage.
    public let colored: Variable
    /// ŷ `[N, 224, 224, 3]`.
    public let corrected: Variable
  }

  /// How stages behave in one pass.
  public struct Mode: Sendable {
    /// Stages that learn: their batch norms use the batch's statistics, gradients reach them.
    public var learning: Set<CorrectorConfiguration.Stage>
    /// Stages that are applied; the others pass their input on.
    public var active: Set<CorrectorConfiguration.Stage>
    /// A sampler in place of the configuration's, or `nil`.
    public var sampling: Sampling?
    /// θ `[N, 2, 3]` in place of the transformer's, or `nil`.
    public var theta: Tensor?
    /// Whether θ is refined where the configuration says so.
    public var refines: Bool

    public init(
      learning: Set<CorrectorConfiguration.Stage> = [],
      active: Set<CorrectorConfiguration.Stage> = Set(CorrectorConfiguration.Stage.allCases),
      sampling: Sampling? = nil, theta: Tensor? = nil, refines: Bool = true
    ) {
      self.learning = learning
      self.active = active
      self.sampling = sampling
      self.theta = theta
      self.refines = refines
    }
  }

  /// Runs the stages on x `[N, 256, 256, 3]`.
  ///
  /// A stage before the first one that learns is computed without a record.
  ///
  /// - Throws: `UserError` when the shape does not fit or the engine fails.
  public func callAsFunction(
    _ tape: Tape, _ x: Variable, mode: Mode = Mode()
  ) throws -> Output {
    guard x.shape.count == 4, x.shape[3] == 3, x.shape[1] >= Self.outputSide,
      x.shape[2] >= Self.outputSide
    else { throw UserError("a corrector takes images [N, 256, 256, 3], not \(x.shape)") }
    var theta: Variable?
    var transformed = x
    if let transformer, mode.active.contains(.stn) {
      (theta, transformed) = try transform(tape, x, transformer, mode)
    }
    let cropped = try tape.centerCrop(
      transformed, height: Self.outputSide, width: Self.outputSide)
    var matrix: Variable?
    var colored = cropped
    if let color, mode.active.contains(.color) {
      let learns = mode.learning.contains(.color)
      let input = cropped
      (matrix, colored) = try recorded(tape, learns || input.requiresGradient) {
        let matrix = try color.matrix(tape, input, original: x, training: learns)
        return (matrix, try tape.colorMatrix(input, matrix: matrix))
      }
    }
    var corrected = colored
    if let unet, mode.active.contains(.unet) {
      let learns = mode.learning.contains(.unet)
      let input = colored
      corrected = try recorded(tape, learns || input.requiresGradient) {
        let x = try unetInput(tape, input)
        let change =
          tape.isRecording
          ? try unet(tape, x, training: learns) : try infer(unet, tape, x)
        return try tape.add(input, change)
      }
    }
    return Output(
      theta: theta, matrix: matrix, transformed: transformed, cropped: cropped, colored: colored,
      corrected: corrected)
  }

  /// θ and the image as it sees it.
  private func transform(
    _ tape: Tape, _ x: Variable, _ transformer: SpatialTransformer, _ mode: Mode
  ) throws -> (Variable, Variable) {
    let learns = mode.learning.contains(.stn)
    let sampling = learns ? .bilinear : mode.sampling ?? configuration.transformer.sampling
    let refines =
      !learns && mode.refines && configuration.transformer.refinement == .lattice
      && x.shape[1...2].allSatisfy { Double($0) == LatticeMap.side }
    return try recorded(tape, learns) {
      let theta =
        try mode.theta.map(tape.constant) ?? transformer.theta(tape, x, training: learns)
      guard refines else {
        return (theta, try transformer.sample(tape, x, theta: theta, sampling: sampling))
      }
      let read = try transformer.readLattice(
        tape, x, theta: theta.value, isExact: mode.theta != nil, sampling: sampling)
      let refined = tape.constant(read.theta)
      // A sampler that was asked for reads at the refined θ.
      return (
        refined,
        mode.sampling == nil
          ? tape.constant(read.image)
          : try transformer.sample(tape, x, theta: refined, sampling: sampling)
      )
    }
  }

  /// θ `[N, 2, 3]` of x alone, recorded, as the transformer learns it; `nil` without a transformer.
  ///
  /// - Throws: `UserError` when the shape does not fit or the engine fails.
  public func theta(_ tape: Tape, _ x: Variable) throws -> Variable? {
    try transformer?.theta(tape, x, training: true)
  }

  /// The least that the U-Net, nearly all of G's work, costs for an image, for benchmarks; `nil`
  /// without one.
  ///
  /// - Throws: `UserError` when a running variance is negative.
  public func unetBound() throws -> NetworkBound? {
    try unet.map {
      NetworkBound(
        try $0.makeGraph(inChannels: configuration.unet.inChannels), height: Self.outputSide,
        width: Self.outputSide)
    }
  }

  /// The U-Net without a record: faster, and the same but for the last bits.
  private func infer(_ unet: UNet, _ tape: Tape, _ x: Variable) throws -> Variable {
    let current: PreparedUNet
    if let prepared, prepared.isCurrent(parameters, tape) {
      current = prepared
    } else {
      current = try PreparedUNet(
        unet, inChannels: x.shape[3], parameters: parameters, tape: tape)
      prepared = current
    }
    return tape.constant(try current(x.value))
  }

  /// x_s with the standard deviation of each of its channels as three constant planes.
  private func unetInput(_ tape: Tape, _ x: Variable) throws -> Variable {
    guard configuration.unet.deviationPlanes else { return x }
    let deviation = try tape.channelDeviation(x)
    return try tape.concatenate(
      x, try tape.broadcastToPlanes(deviation, height: x.shape[1], width: x.shape[2]))
  }

  private func recorded<Result>(
    _ tape: Tape, _ record: Bool, _ body: () throws -> Result
  ) rethrows -> Result {
    record ? try body() : try tape.withoutRecording(body)
  }
}
