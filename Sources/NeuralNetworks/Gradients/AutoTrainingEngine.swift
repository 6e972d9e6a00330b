#if OneDNN
  import Tensors

  /// `auto` for training, a fixed rule: 3×3 with stride 1 in channels that fill vectors (by Winograd)
  /// and 1×1 over OpenBLAS, the rest by oneDNN where oneDNN has fast code for it, else by OpenBLAS.
  /// In float32 all gradients of weights are left to OpenBLAS (oneDNN's of strided ones are half as
  /// fast). bfloat16 is what oneDNN computes in; the rest stays float32, which is as fast there.
  struct AutoTrainingEngine: TrainableConvolutionEngine {
    let name = "auto"
    let versions: String
    private let openBLAS: OpenBLASTrainingEngine
    private let direct: OneDNNTrainingEngine
    private let precision: Precision

    init(versions: String, precision: Precision) {
      self.versions = versions
      self.precision = precision
      openBLAS = OpenBLASTrainingEngine(versions: versions)
      direct = OneDNNTrainingEngine(versions: versions, precision: precision)
    }

    func forInference() throws -> any ConvolutionEngine { try AutoEngine() }

    private func engine(
      _ geometry: ConvolutionGeometry, _ input: ActivationView, _ context: ComputeContext
    ) -> any TrainableConvolutionEngine {
      if geometry.suitsWinograd || geometry.isMatrixProduct { return openBLAS }
      return direct.isFast(
        geometry, batch: max(input.batch / context.pool.threads, 1), height: input.height,
        width: input.width, context: context) ? direct : openBLAS
    }

    func forward(
      _ geometry: ConvolutionGeometry, input: ActivationView, weights: Tensor, bias: Tensor?,
      relu: Bool, into output: ActivationView, context: ComputeContext
    ) throws {
      try engine(geometry, input, context).forward(
        geometry, input: input, weights: weights, bias: bias, relu: relu, into: output,
        context: context)
    }

    func inputGradient(
      _ geometry: ConvolutionGeometry, outputGradient: ActivationView, weights: Tensor,
      into inputGradient: ActivationView, context: ComputeContext
    ) throws {
      try engine(geometry, inputGradient, context).inputGradient(
        geometry, outputGradient: outputGradient, weights: weights, into: inputGradient,
        context: context)
    }

    func weightGradient(
      _ geometry: ConvolutionGeometry, input: ActivationView, outputGradient: ActivationView,
      into weightGradient: UnsafeMutablePointer<Float>, context: ComputeContext
    ) throws {
      let engine = precision == .float32 ? openBLAS : engine(geometry, input, context)
      try engine.weightGradient(
        geometry, input: input, outputGradient: outputGradient, into: weightGradient,
        context: context)
    }
  }
#endif
