import Tensors

/// A graph with its weights packed by a back end.
struct InferenceProgram {
  let nodes: [InferenceGraph.Node]
  private let steps: [any InferenceStep]
  /// Which values are float32.
  private let areFloats: [Bool]

  /// - Parameters:
  ///   - kept: values that are asked for besides the last one.
  ///   - precision: of the parts that the graph leaves it open for.
  /// - Throws: `UserError` when a parameter is missing or the back end cannot compute an operation.
  init(
    _ graph: InferenceGraph, keeping kept: Set<Int>, precision: Precision, _ packing: Packing
  ) throws {
    var nodes = precision == .float32 ? graph.nodes.withoutCasts(keeping: kept) : graph.nodes
    nodes = nodes.optimized(keeping: kept)
    func isFloat(_ index: Int) -> Bool { precision == .float32 || !nodes[index].isNarrowed }
    var steps = [any InferenceStep](repeating: NoStep(), count: nodes.count)
    func shapes(_ index: Int) -> [FeatureShape] { nodes[index].inputs.map { nodes[$0].shape } }
    // By parameter, the operations that are not packed yet.
    var readers = nodes.filter { !$0.isFused }.flatMap(\.operation.parameters)
      .reduce(into: [:]) { $0[$1.name, default: 0] += 1 }
    func release(_ operation: any GraphOperation) {
      let names = operation.parameters.map(\.name)
      for name in names { readers[name]? -= 1 }
      packing.weights.release(names.filter { readers[$0] == 0 })
    }
    // Max poolings that the back end computes with the convolution before them.
    for (index, node) in nodes.enumerated() {
      guard let pool = node.operation as? MaxPoolOperation,
        case (let source, var convolution)? = nodes.fusible(pooling: index, kept)
      else { continue }
      convolution.pooling = pool.pooling
      guard
        let step = try isFloat(index)
          ? convolution.supportedStep(shapes(source), packing, of: Float.self)
          : convolution.supportedStep(shapes(source), packing, of: BFloat16.self)
      else { continue }
      steps[index] = step
      release(convolution)
      nodes[index].operation = convolution
      nodes[index].inputs = nodes[source].inputs
      nodes[source].isFused = true
      nodes[source].inputs = []
    }
    for (index, node) in nodes.enumerated()
    where !node.isFused && (node.operation as? ConvolutionOperation)?.pooling == nil {
      steps[index] =
        try isFloat(index)
        ? node.operation.step(shapes(index), packing, of: Float.self)
        : node.operation.step(shapes(index), packing, of: BFloat16.self)
      release(node.operation)
    }
    for index in nodes.indices where steps[index].readsParts {
      nodes.fuseConcatenation(into: index, kept)
    }
    let end = (nodes.lastIndex { !$0.isFused && !$0.operation.mayEndInFloat } ?? -1) + 1
    areFloats = nodes.indices.map { $0 >= end || isFloat($0) }
    self.nodes = nodes
    self.steps = steps
  }

  /// Whether a value is float32.
  func isFloat(_ value: Int) -> Bool { areFloats[value] }

  /// Bytes of a value's elements.
  func elementBytes(_ value: Int) -> Int {
    isFloat(value) ? MemoryLayout<Float>.stride : MemoryLayout<BFloat16>.stride
  }

  /// The value after which whole batches are the better way, so that as little as possible goes
  /// through memory that is far from the cores: image by image, weights that their own caches do not
  /// hold, once for each image; by batch, all activations.
  ///
  /// - Parameters:
  ///   - shapes: of every value.
  ///   - last: the value that the network runs to.
  func bestCut(_ shapes: [FeatureShape], last: Int) -> Int {
    let ownCache = 1 << 20
    let byImage = steps.map { $0.weightBytes > ownCache ? $0.weightBytes : 0 }
    let byBatch = nodes.indices.map { activationBytes($0, shapes) }
    var cost = byBatch[...last].dropFirst().reduce(0, +)
    var best = (cut: 0, cost: cost)
    for cut in 1...max(last, 1) {
      cost += byImage[cut] - byBatch[cut]
      if nodes.mayBeCut(after: cut), !nodes[cut].isFused, cost < best.cost { best = (cut, cost) }
    }
    return best.cut
  }

  /// Images that are enough for a pass over the stretch from `cut` on, by whole batches: more would take memory and
  /// save less than an eighth of the bytes that come from there, as activations do for each image and weights for each
  /// pass.
  func passSize(_ shapes: [FeatureShape], from cut: Int, last: Int) -> Int {
    guard cut < last else { return 1 }
    let (weights, activations) = bytesByBatch(shapes, from: cut, last: last)
    return max((8 * weights + activations - 1) / max(activations, 1), 1)
  }

  /// Bytes that a batch moves through what all cores share, the last cache or memory, at most: the weights of the
  /// stretch from `cut` on once a pass, its activations and the images.
  func sharedBytes(
    _ shapes: [FeatureShape], from cut: Int, last: Int, images: Int, passes: Int
  ) -> Int {
    let bytes = bytesByBatch(shapes, from: cut, last: last)
    let byImage = cut > 0 ? [0, cut].reduce(0) { $0 + shapes[$1].count * elementBytes($1) } : 0
    return passes * bytes.weights + images * (bytes.activations + byImage)
  }

  /// Of the stretch from `cut` on, by whole batches: weights for a pass, activations for an image.
  private func bytesByBatch(
    _ shapes: [FeatureShape], from cut: Int, last: Int
  ) -> (weights: Int, activations: Int) {
    let values = cut + 1..<last + 1
    return (
      steps[values].reduce(0) { $0 + $1.weightBytes },
      values.reduce(0) { $0 + activationBytes($1, shapes) }
    )
  }

  /// What a step reads and writes of an image.
  private func activationBytes(_ value: Int, _ shapes: [FeatureShape]) -> Int {
    let node = nodes[value]
    guard !node.isFused, !node.operation.isConcatenation else { return 0 }
    return ([value] + node.reads).reduce(0) { $0 + shapes[$1].count * elementBytes($1) }
  }

  /// Runs a stretch of the network in its memory.
  ///
  /// - Throws: `UserError` when the back end's library fails.
  func run(_ plan: InferencePlan, in memory: InferencePlan.Memory, context: ComputeContext) throws {
    guard plan.last > plan.first else { return }
    for index in plan.first + 1...plan.last where !nodes[index].isFused {
      try steps[index].run(
        StepViews(
          plan: plan, memory: memory, node: nodes[index], index: index, isFloat: isFloat), context)
    }
  }
}
