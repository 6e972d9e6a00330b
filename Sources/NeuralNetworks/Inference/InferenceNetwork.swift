import CKernels
import Support
import Synchronization
import Tensors

/// A graph made ready on an engine: weights packed, memory planned per input shape.
public final class InferenceNetwork: @unchecked Sendable {
  private let graph: InferenceGraph
  private let convolutions: [Int: any Convolution]
  private let context: ComputeContext
  private var plans: [[Int]: InferencePlan] = [:]
  /// One run at a time: runs share plans and scratch memory.
  private let turn = Mutex(())

  /// - Throws: `UserError` when the engine cannot compute one of the convolutions.
  public init(
    _ graph: InferenceGraph, engine: any ConvolutionEngine, precision: Precision = .float32,
    context: ComputeContext
  ) throws {
    self.graph = graph
    self.context = context
    var convolutions: [Int: any Convolution] = [:]
    for (index, operation) in graph.operations.enumerated() {
      if case .convolution(let geometry, let weights, let bias, let relu, _, _) = operation {
        convolutions[index] = try engine.convolution(
          geometry, weights: weights, bias: bias, relu: relu, precision: precision)
      }
    }
    self.convolutions = convolutions
  }

  /// The last value of the graph for images `[N, H, W, C]`: `[N, H', W', C']`.
  ///
  /// - Throws: `UserError` when the shape does not fit or the engine fails.
  public func callAsFunction(_ images: Tensor) throws -> Tensor {
    guard images.shape.count == 4, images.shape[3] == graph.input.channels else {
      throw UserError(
        "the network takes images [N, H, W, \(graph.input.channels)], not \(images.shape)")
    }
    return try turn.withLock { _ in
      let plan = plan(for: images.shape)
      images.withUnsafeBufferPointer { memory in
        guard let base = memory.baseAddress else { return }
        plan.views[0].pointer.update(from: base, count: memory.count)
      }
      try run(plan)
      guard let last = plan.views.last else { return images }
      return Tensor([last.batch, last.height, last.width, last.channels]) { memory in
        guard let base = memory.baseAddress else { return }
        base.update(from: last.pointer, count: memory.count)
      }
    }
  }

  /// Floats that the activations of a shape take, for the record of memory use.
  public func activationCount(batch: Int, height: Int, width: Int) -> Int {
    turn.withLock { _ in plan(for: [batch, height, width, graph.input.channels]).floatCount }
  }

  private func plan(for shape: [Int]) -> InferencePlan {
    if let plan = plans[shape] { return plan }
    let plan = InferencePlan(graph, batch: shape[0], height: shape[1], width: shape[2])
    plans[shape] = plan
    return plan
  }

  private func run(_ plan: InferencePlan) throws {
    for (index, operation) in graph.operations.enumerated() {
      let output = plan.views[index]
      switch operation {
      case .input, .concatenation: continue
      case .convolution(_, _, _, _, let x, let residual):
        try convolutions[index]?.forward(
          plan.views[x.index], into: output, residual: residual.map { plan.views[$0.index] },
          context: context)
      case .maxPool(let pooling, let x):
        pooling.forward(plan.views[x.index], into: output, context: context)
      case .averagePool(_, _, let x):
        averagePool(plan.views[x.index], into: output, context: context)
      case .linear(let weights, let bias, let relu, let x):
        linear(
          plan.views[x.index], weights: weights, bias: bias, relu: relu, into: output,
          context: context)
      }
    }
  }
}
