import NeuralNetworks
import Support
import Tensors

/// Writes a network's operations down as ONNX nodes, operation by operation: it knows none of the
/// networks. Values are images `[N, C, H, W]`; vectors are `[N, C, 1, 1]`.
struct ONNXConverter {
  var graph: ONNXGraph
  private let weights: (Parameter) throws -> Tensor

  /// - Parameter weights: a parameter's value.
  init(_ graph: ONNXGraph, weights: @escaping (Parameter) throws -> Tensor) {
    self.graph = graph
    self.weights = weights
  }

  /// Adds all operations.
  ///
  /// - Parameter input: the name of the images, `[N, C, H, W]`.
  /// - Returns: the names of all values.
  /// - Throws: `UserError` when a parameter is missing.
  mutating func add(_ operations: [RecordedOperation], input: String) throws -> [String] {
    var names: [String] = []
    for operation in operations {
      let inputs = operation.inputs.map { Input(name: names[$0], shape: operations[$0].shape) }
      names.append(
        inputs.isEmpty ? input : try value(of: operation.function, inputs, operation.shape))
    }
    return names
  }

  /// A value that an operation reads.
  struct Input {
    let name: String
    let shape: FeatureShape
  }

  private mutating func value(
    of function: GraphFunction, _ inputs: [Input], _ shape: FeatureShape
  ) throws -> String {
    let x = inputs[0]
    switch function {
    case .input, .cast: return x.name
    case .convolution(let weight, let bias, let stride, let padding, let groups, let relu):
      return try convolution(
        x, weight, bias, stride: stride, padding: padding, groups: groups, relu: relu)
    case .batchNorm(let norm, let relu): return try batchNorm(x, norm, relu: relu)
    case .linear(let weight, let bias, let relu): return try linear(x, weight, bias, relu: relu)
    case .transposedConvolution2x2(let weight, let bias):
      return graph.node(
        "ConvTranspose", [x.name, try parameter(weight), try parameter(bias)],
        ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])])
    case .maxPool(let pooling): return maxPool(x, pooling)
    case .averagePool(let rows, let columns): return averagePool(x, rows, columns)
    case .add(let relu):
      return activated(graph.node("Add", [x.name, inputs[1].name]), relu)
    case .divide: return graph.node("Div", [x.name, inputs[1].name])
    case .scale(let factor, let offset): return scale(x, by: factor, plus: offset)
    case .snap(let origin, let measures, let divisors, let tolerance):
      return snap(x, to: origin, measures, over: divisors, tolerance: tolerance)
    case .concatenate: return graph.node("Concat", inputs.map(\.name), ["axis": .integer(1)])
    case .channels(let range): return slice(x.name, [1], [range])
    case .crop(let top, let left): return crop(x, top: top, left: left, to: shape)
    case .flatten: return reshape(x.name, [0, -1, 1, 1])
    case .planes:
      return graph.node("Expand", [x.name, graph.constant([1, 1, shape.height, shape.width])])
    case .channelDeviation: return channelDeviation(x)
    case .colorHistogram(let bins): return colorHistogram(x, bins: bins)
    case .colorMatrix: return colorMatrix(x, inputs[1])
    case .pixelShuffle(let factor):
      return graph.node(
        "DepthToSpace", [x.name], ["blocksize": .integer(factor), "mode": .text("CRD")])
    case .pixelUnshuffle(let factor): return pixelUnshuffle(x, by: factor)
    case .sample(let sampling): return sample(x, theta: inputs[1], sampling)
    }
  }

  private mutating func parameter(_ parameter: Parameter) throws -> String {
    graph.parameter(parameter.name, try weights(parameter))
  }

  private mutating func convolution(
    _ x: Input, _ weight: Parameter, _ bias: Parameter?, stride: Int, padding: Int, groups: Int,
    relu: Bool
  ) throws -> String {
    let inputs = try [weight, bias].compactMap { try $0.map { try parameter($0) } }
    let result = graph.node(
      "Conv", [x.name] + inputs,
      [
        "kernel_shape": .integers(Array(weight.shape[2...])),
        "strides": .integers([stride, stride]),
        "pads": .integers([padding, padding, padding, padding]), "group": .integer(groups),
      ])
    return activated(result, relu)
  }

  private mutating func batchNorm(
    _ x: Input, _ norm: BatchNorm2d.Parameters, relu: Bool
  ) throws -> String {
    // ONNX's order is PyTorch's: γ, β, mean, variance.
    let inputs = try norm.all.map { try parameter($0) }
    let result = graph.node(
      "BatchNormalization", [x.name] + inputs,
      ["epsilon": .float(Float(BatchNorm2d.Parameters.epsilon))])
    return activated(result, relu)
  }

  private mutating func linear(
    _ x: Input, _ weight: Parameter, _ bias: Parameter, relu: Bool
  ) throws -> String {
    let flat = graph.node("Flatten", [x.name], ["axis": .integer(1)])
    let product = graph.node(
      "Gemm", [flat, try parameter(weight), try parameter(bias)], ["transB": .integer(1)])
    return reshape(activated(product, relu), [0, -1, 1, 1])
  }

  private mutating func scale(_ x: Input, by factor: Float, plus offset: [Float]) -> String {
    let product = graph.node("Mul", [x.name, graph.constant([factor], [])])
    return graph.node("Add", [product, graph.constant(offset, [1, offset.count, 1, 1])])
  }

  /// `origin` in place of each vector whose measures |m · (v − origin)| are all at most
  /// tolerance · (1 + d · (v − origin)).
  private mutating func snap(
    _ x: Input, to origin: [Float], _ measures: [[Float]], over divisors: [[Float]],
    tolerance: Float
  ) -> String {
    let start = graph.constant(origin, [1, origin.count, 1, 1])
    let difference = reshape(graph.node("Sub", [x.name, start]), [0, -1])
    let measured = graph.node("Abs", [product(difference, measures)])
    var limit = graph.constant([tolerance], [])
    if !divisors.isEmpty {
      let divisor = graph.node("Add", [product(difference, divisors), graph.constant([1], [])])
      limit = graph.node("Mul", [divisor, limit])
    }
    // Of numbers, since not every runtime reduces truth values.
    let near = graph.node(
      "Cast", [graph.node("LessOrEqual", [measured, limit])], ["to": .integer(1)])
    let all = graph.node("ReduceMin", [near, graph.constant([1])], ["keepdims": .integer(1)])
    let isNear = graph.node("Greater", [all, graph.constant([0.5], [])])
    return graph.node("Where", [reshape(isNear, [0, 1, 1, 1]), start, x.name])
  }

  /// Vectors `[N, C]` times rows of C numbers each: `[N, rows]`.
  private mutating func product(_ vectors: String, _ rows: [[Float]]) -> String {
    let columns = (rows.first ?? []).indices.flatMap { index in rows.map { $0[index] } }
    return graph.node(
      "MatMul",
      [vectors, graph.constant(columns, [columns.count / max(rows.count, 1), rows.count])])
  }

  // MARK: - What several operations are made of

  mutating func activated(_ x: String, _ relu: Bool) -> String {
    relu ? graph.node("Relu", [x]) : x
  }

  /// 0 in the shape keeps a length, −1 takes what is left.
  mutating func reshape(_ x: String, _ shape: [Int]) -> String {
    graph.node("Reshape", [x, graph.constant(shape)])
  }

  mutating func slice(_ x: String, _ axes: [Int], _ ranges: [Range<Int>]) -> String {
    graph.node(
      "Slice",
      [
        x, graph.constant(ranges.map(\.lowerBound)), graph.constant(ranges.map(\.upperBound)),
        graph.constant(axes),
      ])
  }

  private mutating func crop(
    _ x: Input, top: Int, left: Int, to shape: FeatureShape
  ) -> String {
    x.shape == shape
      ? x.name
      : slice(x.name, [2, 3], [top..<top + shape.height, left..<left + shape.width])
  }
}
