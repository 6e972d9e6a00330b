import NeuralNetworks
import Support
import Tensors

/// A graph whose parameters are given where they are used; its last value is the network's result.
final class LiteralGraph {
  typealias Value = InferenceGraph.Value

  private let graph: InferenceGraph
  private var tensors: [String: Tensor] = [:]
  private var last: Value

  init(_ height: Int, _ width: Int, channels: Int) throws {
    graph = InferenceGraph(FeatureShape(height: height, width: width, channels: channels))
    input = try graph.narrowed(graph.input)
    last = input
  }

  let input: Value

  private func parameter(_ tensor: Tensor) -> Parameter {
    let name = "tensor \(tensors.count)"
    tensors[name] = tensor
    return Parameter(name, tensor.shape, initial: .constant(0))
  }

  private func keep(_ value: Value) -> Value {
    last = value
    return value
  }

  /// relu?(conv(x) + bias + residual).
  @discardableResult
  func convolution(
    _ x: Value, weights: Tensor, bias: Tensor?, stride: Int = 1, padding: Int = 0,
    groups: Int = 1, relu: Bool, adding residual: Value? = nil
  ) throws -> Value {
    let y = try graph.convolution(
      x, weight: parameter(weights), bias: bias.map(parameter), stride: stride, padding: padding,
      groups: groups, relu: relu && residual == nil)
    return keep(try residual.map { try graph.add(y, $0, relu: relu) } ?? y)
  }

  @discardableResult
  func maxPool(
    _ x: Value, size: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false
  ) throws -> Value {
    keep(
      try graph.maxPool(
        x, Pooling(size: size, stride: stride, padding: padding, ceilMode: ceilMode)))
  }

  @discardableResult
  func averagePool(_ x: Value, toHeight height: Int, width: Int) throws -> Value {
    keep(try graph.averagePool(x, toHeight: height, width: width))
  }

  /// - Parameter flattened: whether the weights count the inputs in PyTorch's order.
  @discardableResult
  func linear(
    _ x: Value, weights: Tensor, bias: Tensor, relu: Bool, flattened: Bool = false
  ) throws -> Value {
    keep(
      try graph.linear(
        flattened ? graph.flatten(x) : x, weight: parameter(weights), bias: parameter(bias),
        relu: relu))
  }

  @discardableResult
  func transposedConvolution2x2(_ x: Value, weights: Tensor, bias: Tensor) throws -> Value {
    keep(
      try graph.transposedConvolution2x2(
        x, weight: parameter(weights), bias: parameter(bias)))
  }

  @discardableResult
  func concatenation(_ parts: [Value]) throws -> Value { keep(try graph.concatenate(parts)) }

  func network(
    _ backend: any Backend, precision: Precision = .float32, context: ComputeContext
  ) throws -> InferenceNetwork {
    let tensors = tensors
    return try InferenceNetwork(
      graph, outputs: [graph.widened(last)], weights: NetworkWeights("the test") { tensors[$0] },
      backend: backend,
      precision: precision, context: context)
  }
}
