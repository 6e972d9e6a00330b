import Tensors

/// The arithmetic of inference. Accumulation is always in float32.
public enum Precision: String, CaseIterable, Sendable, Codable {
  case float32
  case bfloat16
}

/// A convolution with its weights packed for an engine: out = relu?(conv(in) + bias + residual),
/// between activations of one type.
public protocol Convolution<Element>: Sendable {
  associatedtype Element: ActivationElement

  /// What the packed weights take, which every pass over the convolution reads.
  var weightBytes: Int { get }

  /// Computes the whole batch. `output` and `residual` have the output's shape and may be channels
  /// of a larger buffer; `output` may be `residual` itself, and otherwise overlaps nothing.
  ///
  /// - Throws: `UserError` when the engine's library fails (out of memory, a shape it cannot do).
  func forward(
    _ input: Activations<Element>, into output: Activations<Element>,
    residual: Activations<Element>?, context: ComputeContext) throws
}

/// Makes convolutions. Engines differ in speed and in the last bits, never in meaning.
public protocol ConvolutionEngine: Sendable {
  /// As `--engine` says it.
  var name: String { get }
  /// Name, version and what was chosen at run time, for the record of a result.
  var versions: String { get }

  /// Packs the weights of one convolution.
  ///
  /// - Parameters:
  ///   - weights: `[out, in, kernelHeight, kernelWidth]`, PyTorch's order.
  ///   - bias: `[out]`, or `nil` for none.
  ///   - relu: whether max(·, 0) ends it.
  ///   - usualSize: the height and width of the inputs that it is made for, if they are known; it
  ///     takes others as well, if more slowly.
  ///   - type: of the activations, and so of the arithmetic.
  /// - Throws: `UserError` when the engine cannot do it (a precision, a failure of its library).
  func convolution<Element: ActivationElement>(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
    usualSize: (height: Int, width: Int)?, of type: Element.Type
  ) throws -> any Convolution<Element>

  /// A convolution that ends in a max pooling, in one pass; its output has the pooling's size, and
  /// it takes no residual. `nil` where the engine would have to do one after the other.
  ///
  /// - Throws: As `convolution`.
  func convolution<Element: ActivationElement>(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
    pooling: Pooling, usualSize: (height: Int, width: Int)?, of type: Element.Type
  ) throws -> (any Convolution<Element>)?
}

extension ConvolutionEngine {
  public func convolution<Element: ActivationElement>(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
    pooling: Pooling, usualSize: (height: Int, width: Int)?, of type: Element.Type
  ) throws -> (any Convolution<Element>)? { nil }
}
