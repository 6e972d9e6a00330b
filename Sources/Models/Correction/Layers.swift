import NeuralNetworks
import Support
import Tensors

/// `torch.nn.Conv2d`: weights `[out, in, k, k]`, initialised as PyTorch does, U(±1/√fan-in).
struct Conv2d {
  private let weight: TrainableParameter
  private let bias: TrainableParameter?
  private let stride: Int
  private let padding: Int

  /// - Parameter zero: starts with zeros, so that what it feeds starts as the identity.
  init(
    _ name: String, in channels: Int, out: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    bias: Bool = true, zero: Bool = false, _ set: ParameterSet
  ) {
    let bound = zero ? 0 : 1 / Double(channels * kernel * kernel).squareRoot()
    weight = set.uniform("\(name).weight", [out, channels, kernel, kernel], bound: bound)
    self.bias = bias ? set.uniform("\(name).bias", [out], bound: bound) : nil
    self.stride = stride
    self.padding = padding
  }

  func callAsFunction(_ tape: Tape, _ x: Variable, relu: Bool = false) throws -> Variable {
    try tape.convolution(
      x, weight: tape.use(weight), bias: bias.map(tape.use), stride: stride, padding: padding,
      relu: relu)
  }

  /// For inference; with the batch norm that follows, if any.
  func append(
    to graph: InferenceGraph, _ x: InferenceGraph.Value, folding norm: BatchNorm2d? = nil,
    relu: Bool = false
  ) throws -> InferenceGraph.Value {
    let (weights, bias) = try norm?.folded(into: weight.value) ?? (weight.value, bias?.value)
    return graph.convolution(
      x, weights: weights, bias: bias, stride: stride, padding: padding, relu: relu)
  }
}

/// `torch.nn.ConvTranspose2d(in, out, 2, stride=2)`: weights `[in, out, 2, 2]`.
struct ConvTranspose2d {
  private let weight: TrainableParameter
  private let bias: TrainableParameter

  init(_ name: String, in channels: Int, out: Int, _ set: ParameterSet) {
    // PyTorch counts the second axis as inputs here: fan-in = out · 4.
    let bound = 1 / Double(out * 4).squareRoot()
    weight = set.uniform("\(name).weight", [channels, out, 2, 2], bound: bound)
    bias = set.uniform("\(name).bias", [out], bound: bound)
  }

  func callAsFunction(_ tape: Tape, _ x: Variable) throws -> Variable {
    try tape.transposedConvolution2x2(x, weight: tape.use(weight), bias: tape.use(bias))
  }

  /// For inference.
  func append(to graph: InferenceGraph, _ x: InferenceGraph.Value) -> InferenceGraph.Value {
    graph.transposedConvolution2x2(x, weights: weight.value, bias: bias.value)
  }
}

/// `torch.nn.BatchNorm2d`, optionally followed by ReLU.
struct BatchNorm2d {
  private let weight: TrainableParameter
  private let bias: TrainableParameter
  private let statistics: BatchNormStatistics

  init(_ name: String, channels: Int, _ set: ParameterSet) {
    weight = set.constant("\(name).weight", channels, 1)
    bias = set.constant("\(name).bias", channels, 0)
    statistics = set.addStatistics(name, channels: channels)
  }

  func callAsFunction(
    _ tape: Tape, _ x: Variable, training: Bool, relu: Bool = false
  ) throws -> Variable {
    try tape.batchNorm(
      x, weight: tape.use(weight), bias: tape.use(bias), statistics: statistics,
      training: training, relu: relu)
  }

  /// The convolution with `weights` that does what a convolution without bias and this, with its
  /// running statistics, do.
  ///
  /// - Throws: `UserError` when a variance is negative.
  func folded(into weights: Tensor) throws -> (weights: Tensor, bias: Tensor?) {
    do {
      return try foldedBatchNorm(
        weights: weights, scale: weight.value, shift: bias.value, mean: statistics.mean,
        variance: statistics.variance, epsilon: Double(statistics.epsilon))
    } catch {
      throw UserError(
        "\(weight.name): the running variance of channel \(error.channel) is negative")
    }
  }
}

/// `torch.nn.Linear`: weights `[out, in]`.
struct Linear {
  private let weight: TrainableParameter
  private let bias: TrainableParameter

  /// - Parameter zero: starts with zeros.
  init(_ name: String, in inputs: Int, out: Int, zero: Bool = false, _ set: ParameterSet) {
    let bound = zero ? 0 : 1 / Double(inputs).squareRoot()
    weight = set.uniform("\(name).weight", [out, inputs], bound: bound)
    bias = set.uniform("\(name).bias", [out], bound: bound)
  }

  func callAsFunction(_ tape: Tape, _ x: Variable, relu: Bool = false) throws -> Variable {
    try tape.linear(x, weight: tape.use(weight), bias: tape.use(bias), relu: relu)
  }
}

/// Convolution → batch norm (if any) → ReLU.
struct ConvolutionBlock {
  private let convolution: Conv2d
  private let norm: BatchNorm2d?

  init(
    _ name: String, norm normName: String, in channels: Int, out: Int, kernel: Int = 3,
    stride: Int = 1, normalization: Normalizing, _ set: ParameterSet
  ) {
    convolution = Conv2d(
      name, in: channels, out: out, kernel: kernel, stride: stride, padding: kernel / 2,
      bias: normalization == .none, set)
    norm = normalization == .batch ? BatchNorm2d(normName, channels: out, set) : nil
  }

  func callAsFunction(_ tape: Tape, _ x: Variable, training: Bool) throws -> Variable {
    guard let norm else { return try convolution(tape, x, relu: true) }
    return try norm(tape, try convolution(tape, x), training: training, relu: true)
  }

  /// For inference.
  func append(
    to graph: InferenceGraph, _ x: InferenceGraph.Value
  ) throws -> InferenceGraph.Value {
    try convolution.append(to: graph, x, folding: norm, relu: true)
  }
}

/// Whether batch norms follow the convolutions.
public enum Normalizing: String, Codable, Sendable, CaseIterable {
  case none
  case batch
}
