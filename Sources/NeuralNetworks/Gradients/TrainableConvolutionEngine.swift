import Tensors

/// Computes a convolution and its two gradients from weights that change at every step, so nothing is
/// kept between calls but memory. All activations are dense float32.
public protocol TrainableConvolutionEngine: Sendable {
  /// As `--engine` says it.
  var name: String { get }
  /// Name, version and what was chosen at run time, for the record of a run.
  var versions: String { get }

  /// The engine of the same name for weights that stay as they are.
  ///
  /// - Throws: `UserError` when its library is missing.
  func forInference() throws -> any ConvolutionEngine

  /// output = relu?(conv(input) + bias); weights `[out, in, kh, kw]`, bias `[out]` or none.
  ///
  /// - Throws: `UserError` when the engine's library fails.
  func forward(
    _ geometry: ConvolutionGeometry, input: ActivationView, weights: Tensor, bias: Tensor?,
    relu: Bool, into output: ActivationView, context: ComputeContext) throws

  /// The gradient of the input, from that of the output before any ReLU.
  ///
  /// - Throws: `UserError` when the engine's library fails.
  func inputGradient(
    _ geometry: ConvolutionGeometry, outputGradient: ActivationView, weights: Tensor,
    into inputGradient: ActivationView, context: ComputeContext) throws

  /// The gradient of the weights, `[out, in, kh, kw]`, from that of the output before any ReLU.
  ///
  /// - Throws: `UserError` when the engine's library fails.
  func weightGradient(
    _ geometry: ConvolutionGeometry, input: ActivationView, outputGradient: ActivationView,
    into weightGradient: UnsafeMutablePointer<Float>, context: ComputeContext) throws
}

extension EngineName {
  /// The engine for training.
  ///
  /// - Parameter precision: of what convolutions read where they are computed directly; their sums,
  ///   and everything between convolutions, are float32 in any case.
  /// - Throws: `UserError` when the engine is not part of this build, its library is missing, or it
  ///   does not compute in that precision.
  public func makeTrainableEngine(
    precision: Precision = .float32
  ) throws -> any TrainableConvolutionEngine {
    let versions = try makeEngine().versions
    #if OneDNN
      switch self {
      case .onednn: return OneDNNTrainingEngine(versions: versions, precision: precision)
      case .auto: return AutoTrainingEngine(versions: versions, precision: precision)
      case .openblas: break
      }
    #endif
    guard precision == .float32 else { throw OpenBLASEngine.onlyFloat32 }
    return OpenBLASTrainingEngine(versions: versions)
  }
}
