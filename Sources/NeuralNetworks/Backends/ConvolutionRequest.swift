import Tensors

/// A convolution whose weights stay as they are, for a back end to pack:
/// pool?(relu?(conv(in) + bias)).
public struct ConvolutionRequest: Sendable {
  /// Channels, kernel, stride and padding.
  public let geometry: ConvolutionGeometry
  /// `[out, in, kernelHeight, kernelWidth]`, PyTorch's order.
  public let weights: Tensor
  /// `[out]`, or `nil` for none.
  public let bias: Tensor?
  /// Whether max(·, 0) follows.
  public let relu: Bool
  /// The max pooling that ends it, in the same pass: the output has the pooling's size, and there is
  /// no residual.
  public let pooling: Pooling?
  /// The height and width of the inputs that it is made for, if they are known; it takes others as
  /// well, if more slowly.
  public let usualSize: (height: Int, width: Int)?

  /// A request for a geometry; by default without pooling, for inputs of any size.
  public init(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
    pooling: Pooling? = nil, usualSize: (height: Int, width: Int)? = nil
  ) {
    (self.geometry, self.weights, self.bias) = (geometry, weights, bias)
    (self.relu, self.pooling, self.usualSize) = (relu, pooling, usualSize)
  }
}
