import Tensors

/// Passes over `sgemm`: 1×1 as matrix products, 3×3 with stride 1 by Winograd, the rest by patches.
extension OpenBLASBackend {
  /// Computes a pass of training; scratch memory is the context's.
  public func run(_ pass: TrainingPass, context: ComputeContext) throws {
    switch pass.kind {
    case .forward:
      try convolution(pass, pass.geometry, into: pass.output, context)
        .forward(pass.input, into: pass.output, residual: nil, context: context)
    case .inputGradient: try inputGradient(pass, context)
    case .weightGradient: weightGradient(pass, context)
    }
  }

  /// The convolution that takes the output's gradient to the input's, where there is one.
  private func inputGradient(_ pass: TrainingPass, _ context: ComputeContext) throws {
    guard let rotated = pass.geometry.rotated else {
      return patchesInputGradient(pass, context)
    }
    try convolution(pass, rotated, into: pass.input, context)
      .forward(pass.output, into: pass.input, residual: nil, context: context)
  }

  private func weightGradient(_ pass: TrainingPass, _ context: ComputeContext) {
    if pass.geometry.suitsWinograd {
      WinogradWeightGradient(pass: pass, buffers: buffers, context: context).run()
    } else if pass.geometry.isMatrixProduct {
      productWeightGradient(pass, context)
    } else {
      patchesWeightGradient(pass, context)
    }
  }

  /// A convolution of a geometry with the pass's filters; to the input's gradient, with them rotated.
  private func convolution(
    _ pass: TrainingPass, _ geometry: ConvolutionGeometry, into output: ActivationView,
    _ context: ComputeContext
  ) -> any Convolution<Float> {
    let rotated = pass.kind == .inputGradient
    let packing = FilterPacking(pass, buffers: buffers, context: context)
    if pass.geometry.suitsWinograd {
      let scheme = WinogradScheme.training(
        batch: output.batch, height: output.height, width: output.width)
      return WinogradConvolution<Float>(
        geometry: geometry, scheme: scheme, weights: packing.winograd(scheme, rotated: rotated),
        bias: pass.bias, relu: pass.relu, parts: TrainingPass.parts)
    }
    let product = FusedProduct(
      weights: rotated ? packing.rotatedPatches() : packing.patches(), bias: pass.bias,
      relu: pass.relu)
    return geometry.isMatrixProduct
      ? MatrixProductConvolution(product: product, parts: TrainingPass.parts)
      : PatchesConvolution(geometry: geometry, product: product)
  }
}

extension ConvolutionGeometry {
  /// The convolution that takes the output's gradient to the input's, with filters rotated by 180
  /// degrees; `nil` where there is none of one padding and stride 1.
  fileprivate var rotated: ConvolutionGeometry? {
    guard stride == 1, kernelHeight == kernelWidth, padding < kernelHeight else { return nil }
    return ConvolutionGeometry(
      inChannels: outChannels, outChannels: inChannels, kernelHeight: kernelHeight,
      kernelWidth: kernelWidth, padding: kernelHeight - 1 - padding)
  }
}
