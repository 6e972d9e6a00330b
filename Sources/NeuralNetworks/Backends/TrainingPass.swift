import Tensors

/// One of the three passes of training over a convolution. All activations are dense float32, and
/// their memory, which the pass does not own, overlaps nowhere.
public struct TrainingPass {
  /// Which of input, output and weights is computed from the other two.
  public enum Kind: Hashable, Sendable {
    /// output = relu?(conv(input) + bias).
    case forward
    /// The gradient of the input, from that of the output before any ReLU.
    case inputGradient
    /// The gradient of the weights, from the input and the gradient of the output before any ReLU.
    case weightGradient
  }

  /// Into how many parts a pass divides a batch where the division shows in the last bits: sums over the
  /// batch, and sizes of matrix products. Fixed, so that training's results are the same bits for any
  /// number of threads; as many threads as parts can share such work.
  static let parts = ComputeContext.fixedParts

  /// What is computed.
  public let kind: Kind
  /// Channels, kernel, stride and padding.
  public let geometry: ConvolutionGeometry
  /// The input `[N, H, W, in]`, or where `inputGradient` leaves the input's gradient.
  public let input: ActivationView
  /// Where `forward` leaves the output `[N, H', W', out]`, or the output's gradient.
  public let output: ActivationView
  /// The weights `[out, in, kernelHeight, kernelWidth]`, or where `weightGradient` leaves theirs.
  public let weights: AlignedBuffer
  /// `[out]`, for `forward`; `nil` for none.
  public let bias: AlignedBuffer?
  /// Whether `forward` ends in max(·, 0).
  public let relu: Bool

  /// A pass over memory that the caller keeps alive.
  public init(
    _ kind: Kind, _ geometry: ConvolutionGeometry, input: ActivationView, output: ActivationView,
    weights: AlignedBuffer, bias: AlignedBuffer? = nil, relu: Bool = false
  ) {
    (self.kind, self.geometry) = (kind, geometry)
    (self.input, self.output) = (input, output)
    (self.weights, self.bias, self.relu) = (weights, bias, relu)
  }
}
