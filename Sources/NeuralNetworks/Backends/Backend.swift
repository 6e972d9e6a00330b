import Tensors

/// Computes convolutions, for inference and for training. Back ends differ in speed and in the last
/// bits, never in meaning.
///
/// A back end owns what it makes of weights: packed ones, for as long as the `Convolution` that it
/// returned lives, and in training transformed ones and partial sums, for one pass. Activations and
/// gradients belong to the caller, and scratch memory is that of the caller's `ComputeContext`.
///
/// All of these lie in the processor's memory. For a device, `Activations` would become a handle to
/// memory that the back end allocates, with a copy in at a network's input and out at its end; the
/// operations besides convolutions, which now are kernels that every back end shares, would become
/// cases of `BackendOperation`; and the context would bring the device's queue instead of threads.
/// Who uses back ends would ask `support(for:)` as it does today, and leave what is not supported to
/// another one.
public protocol Backend: Sendable {
  /// As `--engine` says it.
  var name: String { get }
  /// Name, version and what was chosen at run time, for the record of a result.
  var versions: String { get }

  /// Whether the back end can do an operation, and how well.
  ///
  /// - Throws: `UserError` when the back end's library fails while it is asked: that says nothing of
  ///   what it supports.
  func support(for operation: BackendOperation) throws -> Support

  /// Packs the weights of a convolution.
  ///
  /// - Parameter type: of the activations, and so of the arithmetic.
  /// - Throws: `UserError` when the back end does not support it, or its library fails.
  func pack<Element: ActivationElement>(
    _ request: ConvolutionRequest, of type: Element.Type
  ) throws -> any Convolution<Element>

  /// Computes a pass of training. Weights change at every step, so nothing is kept but memory.
  ///
  /// - Throws: `UserError` when the back end's library fails.
  func run(_ pass: TrainingPass, context: ComputeContext) throws
}

extension Backend {
  /// Whether the back end can do an operation at all.
  ///
  /// - Throws: As `support(for:)`.
  public func supports(_ operation: BackendOperation) throws -> Bool {
    try support(for: operation) != .none
  }
}

/// What a back end may be asked for.
public enum BackendOperation: Sendable {
  /// `pack` for activations of this precision, with the request's pooling in the same pass.
  case inference(ConvolutionRequest, Precision)
  /// `run` of all three passes of a convolution, each thread for so many images of a height and width.
  case training(ConvolutionGeometry, images: Int, height: Int, width: Int)
}

/// How well a back end does an operation.
public enum Support: Sendable {
  case none
  /// By code that was written to be right, not fast.
  case slow
  case full
}

/// A convolution with its weights packed by a back end: out = relu?(conv(in) + bias + residual),
/// between activations of one type.
public protocol Convolution<Element>: Sendable {
  associatedtype Element: ActivationElement

  /// What the packed weights take, which every pass over the convolution reads.
  var weightBytes: Int { get }

  /// Computes the whole batch: `[N, H, W, in]` to `[N, H', W', out]`. `output` and `residual` have the
  /// output's shape and may be channels of a larger buffer; `output` may be `residual` itself, and
  /// otherwise overlaps nothing.
  ///
  /// - Throws: `UserError` when the back end's library fails (out of memory, a shape it cannot do).
  func forward(
    _ input: Activations<Element>, into output: Activations<Element>,
    residual: Activations<Element>?, context: ComputeContext) throws
}

/// A convolution that also reads the parts of a concatenation where they lie.
public protocol ConcatenatedConvolution<Element>: Convolution {
  /// Computes the whole batch of a concatenation, whose parts may lie anywhere: `[N, H, W, C]` each, at
  /// least one.
  ///
  /// - Throws: `UserError` when the back end's library fails.
  func forward(
    _ parts: [Activations<Element>], into output: Activations<Element>,
    residual: Activations<Element>?, context: ComputeContext) throws
}

extension ConcatenatedConvolution {
  public func forward(
    _ input: Activations<Element>, into output: Activations<Element>,
    residual: Activations<Element>?, context: ComputeContext
  ) throws {
    try forward([input], into: output, residual: residual, context: context)
  }
}
