import Tensors

/// A network for inference, as a list of operations: what is computed from what, without memory
/// or back end. `InferenceNetwork` runs it.
///
/// Built once per model by a function that reads like the paper's table:
/// ```swift
/// let graph = InferenceGraph(inputChannels: 3, usualSize: (224, 224))
/// var x = graph.convolution(graph.input, weights, bias, stride: 2, relu: true)
/// x = graph.maxPool(x, size: 3, stride: 2)
/// ```
public final class InferenceGraph {
  /// The activations that an operation produces.
  public struct Value: Hashable, Sendable {
    let index: Int
    /// Channels of each pixel.
    public let channels: Int
  }

  enum Operation {
    case input
    case convolution(
      ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool, input: Value,
      residual: Value?)
    case maxPool(Pooling, input: Value)
    case averagePool(height: Int, width: Int, input: Value)
    case linear(weights: Tensor, bias: Tensor, relu: Bool, pixels: Int, input: Value)
    case transposedConvolution(weights: Tensor, bias: Tensor?, input: Value)
    case concatenation([Value])
  }

  private(set) var operations: [Operation] = [.input]
  private(set) var values: [Value]

  /// The images, `[N, H, W, inputChannels]`.
  public let input: Value
  /// The height and width of the images that the network is made for, if it is made for some.
  public let usualSize: (height: Int, width: Int)?

  /// - Parameter usualSize: the height and width of the images that back ends are to prepare for;
  ///   others are computed as well, if more slowly.
  public init(inputChannels: Int, usualSize: (height: Int, width: Int)? = nil) {
    self.usualSize = usualSize
    input = Value(index: 0, channels: inputChannels)
    values = [input]
  }

  private func append(_ operation: Operation, channels: Int) -> Value {
    let value = Value(index: operations.count, channels: channels)
    operations.append(operation)
    values.append(value)
    return value
  }

  /// relu?(conv(x) + bias + residual), weights `[out, in, kh, kw]`.
  public func convolution(
    _ x: Value, weights: Tensor, bias: Tensor?, stride: Int = 1, padding: Int = 0, relu: Bool,
    adding residual: Value? = nil
  ) -> Value {
    let geometry = ConvolutionGeometry(
      inChannels: weights.shape[1], outChannels: weights.shape[0],
      kernelHeight: weights.shape[2], kernelWidth: weights.shape[3], stride: stride,
      padding: padding)
    return append(
      .convolution(
        geometry, weights: weights, bias: bias, relu: relu, input: x, residual: residual),
      channels: geometry.outChannels)
  }

  /// `torch.nn.MaxPool2d(size, stride, padding, ceil_mode=ceilMode)`.
  public func maxPool(
    _ x: Value, size: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false
  ) -> Value {
    append(
      .maxPool(
        Pooling(size: size, stride: stride, padding: padding, ceilMode: ceilMode), input: x),
      channels: x.channels)
  }

  /// `torch.nn.AdaptiveAvgPool2d((height, width))`.
  public func averagePool(_ x: Value, toHeight height: Int, width: Int) -> Value {
    append(.averagePool(height: height, width: width, input: x), channels: x.channels)
  }

  /// relu?(x · weightsᵀ + bias) of all elements of each image; the result is `[N, 1, 1, out]`.
  ///
  /// - Parameters:
  ///   - weights: `[out, H · W · C]`.
  ///   - pixels: H · W, where the weights count the elements in PyTorch's order C, H, W; 1, the
  ///     default, where they count them as H, W, C.
  public func linear(
    _ x: Value, weights: Tensor, bias: Tensor, relu: Bool, flattenedFrom pixels: Int = 1
  ) -> Value {
    append(
      .linear(weights: weights, bias: bias, relu: relu, pixels: pixels, input: x),
      channels: weights.shape[0])
  }

  /// `torch.nn.ConvTranspose2d(in, out, 2, stride=2)`: twice the height and width; weights
  /// `[in, out, 2, 2]`, bias `[out]` or none.
  public func transposedConvolution2x2(_ x: Value, weights: Tensor, bias: Tensor?) -> Value {
    append(
      .transposedConvolution(weights: weights, bias: bias, input: x), channels: weights.shape[1])
  }

  /// The channels of all values, one after the other; each value may be part of one concatenation.
  public func concatenation(_ parts: [Value]) -> Value {
    append(.concatenation(parts), channels: parts.reduce(0) { $0 + $1.channels })
  }
}

/// A convolution within a network: its geometry and the size of its input.
public struct ConvolutionInstance: Hashable, Sendable {
  public let geometry: ConvolutionGeometry
  public let height: Int
  public let width: Int
}

extension InferenceGraph {
  /// All convolutions, in order, for images of a size.
  public func convolutions(height: Int, width: Int) -> [ConvolutionInstance] {
    let sizes = nodes.sizes(height: height, width: width)
    return operations.compactMap { operation in
      guard case .convolution(let geometry, _, _, _, let x, _) = operation else { return nil }
      let size = sizes[x.index]
      return ConvolutionInstance(geometry: geometry, height: size.height, width: size.width)
    }
  }
}
