import NeuralNetworks

/// The topology of G (paper, section 3.2), from x, 256×256, to ŷ, 224×224:
/// transformer → crop → colours → U-Net, each stage optional.
struct CorrectorNetwork: Sendable {
  typealias Stage = CorrectorConfiguration.Stage

  let transformer: SpatialTransformer?
  private let color: ColorStage?
  private let residual: ResidualStage?

  init(_ configuration: CorrectorConfiguration) {
    let stages = configuration.stages
    transformer = stages.contains(.stn) ? SpatialTransformer(configuration.transformer) : nil
    color = stages.contains(.color) ? ColorStage(configuration.color) : nil
    residual = stages.contains(.unet) ? ResidualStage(configuration.unet) : nil
  }

  /// What each stage makes of a batch.
  struct Values<Value> {
    /// θ `[N, 1, 1, 6]`, or `nil` without a transformer.
    var theta: Value?
    /// The colour matrices `[N, 1, 1, 12]`, or `nil` without a colour stage.
    var matrix: Value?
    /// The transformer's output before the crop.
    var transformed: Value
    /// x_s: its centre.
    var cropped: Value
    /// After the colour stage.
    var colored: Value
    /// ŷ.
    var corrected: Value

    /// A part that may be asked for; `nil` where there is none.
    subscript(part: CompiledCorrector.Part) -> Value? {
      switch part {
      case .theta: theta
      case .transformed: transformed
      case .cropped: cropped
      case .colored: colored
      case .corrected: corrected
      }
    }
  }

  /// The transformer: θ and x as it sees it; x itself without one.
  func transform<S: StageScope>(
    _ x: S.Network.Value, sampling: Sampling, _ scope: S
  ) throws -> (theta: S.Network.Value?, image: S.Network.Value) {
    guard let transformer, scope.isActive(.stn) else { return (nil, x) }
    return try scope.run(.stn, on: x) { c in
      let theta = try transformer.theta(x, on: c)
      return (theta, try c.sample(x, theta: theta, sampling: sampling))
    }
  }

  /// All that follows the transformer.
  ///
  /// - Parameter original: x, whose histograms the colour stage may see.
  func finish<S: StageScope>(
    _ transformed: S.Network.Value, theta: S.Network.Value?, original: S.Network.Value, _ scope: S
  ) throws -> Values<S.Network.Value> {
    let cropped = try scope.run(nil, on: transformed) { c in
      try c.centerCrop(transformed, height: Corrector.outputSide, width: Corrector.outputSide)
    }
    var values = Values(
      theta: theta, matrix: nil, transformed: transformed, cropped: cropped, colored: cropped,
      corrected: cropped)
    if let color, scope.isActive(.color) {
      let (matrix, colored) = try scope.run(.color, on: cropped) { c in
        let matrix = try color.matrix(cropped, original: original, on: c)
        return (matrix, try c.colorMatrix(cropped, matrix: matrix))
      }
      (values.matrix, values.colored, values.corrected) = (matrix, colored, colored)
    }
    if let residual, scope.isActive(.unet) {
      let input = values.colored
      values.corrected = try scope.run(.unet, on: input) { try residual(input, on: $0) }
    }
    return values
  }

  /// The whole network written down, and the value of each stage.
  ///
  /// - Parameter active: the stages that are applied.
  func makeGraph(
    active: Set<Stage> = Set(Stage.allCases), sampling: Sampling
  ) throws -> (graph: InferenceGraph, values: Values<InferenceGraph.Value>) {
    let graph = InferenceGraph(Corrector.input)
    let scope = GraphScope(graph: graph, active: active)
    let (theta, transformed) = try transform(graph.input, sampling: sampling, scope)
    return (graph, try finish(transformed, theta: theta, original: graph.input, scope))
  }

  /// What follows the transformer, written down: its input is what the transformer made of x beside x,
  /// `[N, 256, 256, 6]`.
  func makeGraphAfterTransformer(
    active: Set<Stage>
  ) throws -> (graph: InferenceGraph, values: Values<InferenceGraph.Value>) {
    var input = Corrector.input
    input.channels *= 2
    let graph = InferenceGraph(input)
    let transformed = try graph.channels(0..<3, of: graph.input)
    let original = try graph.channels(3..<6, of: graph.input)
    return (
      graph,
      try finish(
        transformed, theta: nil, original: original, GraphScope(graph: graph, active: active))
    )
  }

  /// θ alone; `nil` without a transformer.
  func makeThetaGraph() throws -> (graph: InferenceGraph, theta: InferenceGraph.Value)? {
    guard let transformer else { return nil }
    let graph = InferenceGraph(Corrector.input)
    return (graph, try transformer.theta(graph.input, on: graph))
  }
}

/// How the stages of one pass are computed.
protocol StageScope {
  associatedtype Network: Computation

  /// Whether a stage is applied; otherwise it passes its input on.
  func isActive(_ stage: CorrectorConfiguration.Stage) -> Bool

  /// Computes a stage of an input, or with `nil` what belongs to none.
  func run<Result>(
    _ stage: CorrectorConfiguration.Stage?, on input: Network.Value,
    _ body: (Network) throws -> Result
  ) throws -> Result
}

/// Writes all stages into one graph.
struct GraphScope: StageScope {
  let graph: InferenceGraph
  let active: Set<CorrectorConfiguration.Stage>

  func isActive(_ stage: CorrectorConfiguration.Stage) -> Bool { active.contains(stage) }

  func run<Result>(
    _ stage: CorrectorConfiguration.Stage?, on input: InferenceGraph.Value,
    _ body: (InferenceGraph) throws -> Result
  ) throws -> Result { try body(graph) }
}
