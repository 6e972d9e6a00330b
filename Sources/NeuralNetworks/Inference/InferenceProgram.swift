import Tensors

/// A graph with its weights packed by a back end, for activations of one type.
///
/// The end of a network, average pooling and linear layers, has float32 results in any precision:
/// it is cheap, and classes are separated there.
struct InferenceProgram<Element: ActivationElement> {
  /// One operation, ready to run.
  enum Step {
    /// The images; a concatenation, whose parts are written in place; what the next step makes, too.
    case nothing
    case convolution(any Convolution<Element>, input: Int, residual: Int?)
    case maxPool(Pooling, input: Int)
    case averagePool(input: Int)
    case linear(Linear, input: Int)
    case transposedConvolution(TransposedConvolution2x2, input: Int)
  }

  let nodes: [Node]
  private let steps: [Step]
  /// From this value on, results are float32.
  private let floatsFrom: Int

  /// - Throws: `UserError` when the back end cannot compute one of the convolutions.
  init(_ graph: InferenceGraph, backend: any Backend) throws {
    var nodes = graph.nodes
    let sizes = graph.usualSize.map { nodes.sizes(height: $0.height, width: $0.width) }
    // Max poolings that are computed with the convolution before them.
    var fused: [Int: Step] = [:]
    for (index, operation) in graph.operations.enumerated() {
      guard case .maxPool(let pooling, _) = operation,
        let source = nodes.fusible(pooling: index),
        case .convolution(let geometry, let weights, let bias, let relu, let x, _) =
          graph.operations[source]
      else { continue }
      let request = ConvolutionRequest(
        geometry, weights: weights, bias: bias, relu: relu, pooling: pooling,
        usualSize: sizes?[x.index])
      guard backend.supports(.inference(request, Element.precision)) else { continue }
      fused[index] = .convolution(
        try backend.pack(request, of: Element.self), input: x.index, residual: nil)
      fused[source] = .nothing
      nodes[source].isFused = true
      nodes[source].inputs = []
      nodes[index].inputs = [x.index]
    }
    self.nodes = nodes
    steps = try graph.operations.enumerated().map { index, operation in
      if let step = fused[index] { return step }
      switch operation {
      case .input, .concatenation: return .nothing
      case .convolution(let geometry, let weights, let bias, let relu, let x, let residual):
        return .convolution(
          try backend.pack(
            ConvolutionRequest(
              geometry, weights: weights, bias: bias, relu: relu, usualSize: sizes?[x.index]),
            of: Element.self),
          input: x.index, residual: residual?.index)
      case .maxPool(let pooling, let x): return .maxPool(pooling, input: x.index)
      case .averagePool(_, _, let x): return .averagePool(input: x.index)
      case .linear(let weights, let bias, let relu, let pixels, let x):
        return .linear(
          Linear(weights: weights, bias: bias, relu: relu, pixels: pixels), input: x.index)
      case .transposedConvolution(let weights, let bias, let x):
        return .transposedConvolution(
          TransposedConvolution2x2(weights: weights, bias: bias), input: x.index)
      }
    }
    let end = steps.lastIndex { step in
      switch step {
      case .averagePool, .linear: false
      default: true
      }
    }
    floatsFrom = (end ?? -1) + 1
  }

  /// Whether a value is float32 whatever the precision is.
  func isFloat(_ value: Int) -> Bool { Element.precision == .float32 || value >= floatsFrom }

  /// Bytes of a value's elements.
  func elementBytes(_ value: Int) -> Int {
    isFloat(value) ? MemoryLayout<Float>.stride : MemoryLayout<Element>.stride
  }

  /// Bytes of packed weights that a step reads whole for every batch.
  func weightBytes(_ index: Int) -> Int {
    switch steps[index] {
    case .convolution(let convolution, _, _): convolution.weightBytes
    case .linear(let linear, _): linear.weightBytes
    case .transposedConvolution(let convolution, _): convolution.weightBytes
    default: 0
    }
  }

  /// The value after which whole batches are the better way, so that as little as possible goes
  /// through memory that is far from the cores: image by image, weights that their own caches do not
  /// hold, once for each image; by batch, all activations.
  ///
  /// - Parameter sizes: the height and width of every value.
  func bestCut(sizes: [(height: Int, width: Int)]) -> Int {
    let ownCache = 1 << 20
    func bytes(_ value: Int) -> Int {
      sizes[value].height * sizes[value].width * nodes[value].channels * elementBytes(value)
    }
    let byImage = nodes.indices.map { weightBytes($0) > ownCache ? weightBytes($0) : 0 }
    let byBatch = nodes.indices.map { index in
      nodes[index].isFused || nodes[index].concatenates
        ? 0 : nodes[index].inputs.reduce(bytes(index)) { $0 + bytes($1) }
    }
    var cost = byBatch.dropFirst().reduce(0, +)
    var best = (cut: 0, cost: cost)
    for cut in nodes.indices.dropFirst() {
      cost += byImage[cut] - byBatch[cut]
      if nodes.mayBeCut(after: cut), !nodes[cut].isFused, cost < best.cost { best = (cut, cost) }
    }
    return best.cut
  }

  /// Runs a stretch of the network in its memory.
  ///
  /// - Throws: `UserError` when the back end's library fails.
  func run(_ plan: InferencePlan, in memory: InferencePlan.Memory, context: ComputeContext) throws {
    guard plan.last > plan.first else { return }
    for index in plan.first + 1...plan.last {
      func view<Kind>(_ value: Int, _ type: Kind.Type) -> Activations<Kind> {
        plan.view(value, in: memory, of: type)
      }
      switch steps[index] {
      case .nothing: continue
      case .convolution(let convolution, let x, let residual):
        let (from, to) = (view(x, Element.self), view(index, Element.self))
        // Not `residual.map { view(…) }`: Swift 6.3 optimises its `nil` into something else.
        if let residual {
          try convolution.forward(
            from, into: to, residual: view(residual, Element.self), context: context)
        } else {
          try convolution.forward(from, into: to, residual: nil, context: context)
        }
      case .maxPool(let pooling, let x):
        pooling.forward(view(x, Element.self), into: view(index, Element.self), context: context)
      case .transposedConvolution(let convolution, let x):
        convolution.forward(
          view(x, Element.self), into: view(index, Element.self), context: context)
      case .averagePool(let x):
        switch (isFloat(x), isFloat(index)) {
        case (true, _):
          averagePool(view(x, Float.self), into: view(index, Float.self), context: context)
        case (false, true):
          averagePool(view(x, Element.self), into: view(index, Float.self), context: context)
        case (false, false):
          averagePool(view(x, Element.self), into: view(index, Element.self), context: context)
        }
      case .linear(let linear, let x):
        switch (isFloat(x), isFloat(index)) {
        case (true, _):
          linear.forward(view(x, Float.self), into: view(index, Float.self), context: context)
        case (false, true):
          linear.forward(view(x, Element.self), into: view(index, Float.self), context: context)
        case (false, false):
          linear.forward(view(x, Element.self), into: view(index, Element.self), context: context)
        }
      }
    }
  }
}
