import NeuralNetworks

/// The chain of G (paper, section 3.2), from x, 256×256, to ŷ, 224×224: the spatial transformer → crop
/// → the other stages, each optional.
struct CorrectorNetwork: Sendable {
  typealias Stage = CorrectorConfiguration.Stage

  let transformer: SpatialTransformer?
  /// What follows the crop.
  private let rest: [(stage: Stage, network: any CorrectionStage)]

  init(_ configuration: CorrectorConfiguration) {
    let all = configuration.makeStages()
    transformer = all.lazy.compactMap { $0.network as? SpatialTransformer }.first
    rest = all.filter { $0.stage != .stn }
  }

  /// What each stage makes of a batch.
  struct Values<Value> {
    /// What stages estimated: θ `[N, 1, 1, 6]` or `[N, 1, 1, 8]`, colour matrices `[N, 1, 1, 12]`, …
    var estimates: [Stage: Value]
    /// What stages gave.
    var images: [Stage: Value]
    /// The transformer's output before the crop; x without one.
    let transformed: Value
    /// x_s: its centre.
    let cropped: Value
    /// ŷ.
    var corrected: Value

    /// A part that may be asked for; `nil` where there is none.
    subscript(part: CompiledCorrector.Part) -> Value? {
      switch part {
      case .theta: estimates[.stn]
      case .transformed: transformed
      case .cropped: cropped
      case .after(let stage): images[stage]
      case .corrected: corrected
      }
    }
  }

  /// The transformer: θ and x as it sees it; x itself without one.
  ///
  /// - Parameter sampling: the sampler, in place of the settings' if given.
  func transform<S: StageScope>(
    _ x: S.Network.Value, sampling: Sampling? = nil, _ scope: S
  ) throws -> (theta: S.Network.Value?, image: S.Network.Value) {
    guard let transformer, scope.isActive(.stn) else { return (nil, x) }
    return try scope.run(.stn, on: x) { c in
      let theta = try scope.settled(
        transformer.estimate(x, original: x, on: c), of: .stn, transformer, on: c)
      return (theta, try transformer.sampling(by: sampling).apply(theta, to: x, on: c))
    }
  }

  /// All that follows the transformer.
  ///
  /// - Parameter original: x, which stages may see besides their input.
  func finish<S: StageScope>(
    _ transformed: S.Network.Value, theta: S.Network.Value?, original: S.Network.Value, _ scope: S
  ) throws -> Values<S.Network.Value> {
    let cropped = try scope.run(nil, on: transformed) { c in
      try c.centerCrop(transformed, height: Corrector.outputSide, width: Corrector.outputSide)
    }
    var values = Values(
      estimates: [:], images: [:], transformed: transformed, cropped: cropped, corrected: cropped)
    values.estimates[.stn] = theta
    for (stage, network) in rest where scope.isActive(stage) {
      let input = values.corrected
      let (estimate, image) = try scope.run(stage, on: input) { c in
        let estimate = try scope.settled(
          network.estimate(input, original: original, on: c), of: stage, network, on: c)
        return (estimate, try network.apply(estimate, to: input, on: c))
      }
      (values.estimates[stage], values.images[stage], values.corrected) = (estimate, image, image)
    }
    return values
  }

  /// The whole network written down, and the value of each stage.
  ///
  /// - Parameters:
  ///   - active: the stages that are applied.
  ///   - sampling: the sampler, in place of the settings' if given.
  func makeGraph(
    active: Set<Stage> = Set(Stage.allCases), sampling: Sampling? = nil
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
    let theta = try transformer.estimate(graph.input, original: graph.input, on: graph)
    return (graph, try transformer.settle(theta, on: graph))
  }
}

/// How the stages of one pass are computed.
protocol StageScope {
  associatedtype Network: Computation

  /// Whether a stage is applied; otherwise it passes its input on.
  func isActive(_ stage: CorrectorConfiguration.Stage) -> Bool

  /// Whether a stage learns in this pass, so that its estimate is applied whatever it is.
  func learns(_ stage: CorrectorConfiguration.Stage) -> Bool

  /// Computes a stage of an input, or with `nil` what belongs to none.
  func run<Result>(
    _ stage: CorrectorConfiguration.Stage?, on input: Network.Value,
    _ body: (Network) throws -> Result
  ) throws -> Result
}

extension StageScope {
  /// A stage's estimate as it is applied.
  func settled(
    _ estimate: Network.Value, of stage: CorrectorConfiguration.Stage,
    _ network: some CorrectionStage, on c: Network
  ) throws -> Network.Value {
    try learns(stage) ? estimate : network.settle(estimate, on: c)
  }
}

/// Writes all stages into one graph.
struct GraphScope: StageScope {
  let graph: InferenceGraph
  let active: Set<CorrectorConfiguration.Stage>

  func isActive(_ stage: CorrectorConfiguration.Stage) -> Bool { active.contains(stage) }

  func learns(_ stage: CorrectorConfiguration.Stage) -> Bool { false }

  func run<Result>(
    _ stage: CorrectorConfiguration.Stage?, on input: InferenceGraph.Value,
    _ body: (InferenceGraph) throws -> Result
  ) throws -> Result { try body(graph) }
}
