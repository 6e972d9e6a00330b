/// How `auto` computes a convolution: fixed rules, so that a result never depends on a stopwatch.
/// They follow from `realitygap bench convolution`, which measures each shape of a network by engine.
enum AutoRule {
  /// By the back end openblas.
  case openBLAS
  /// By Winograd over OpenBLAS, in float32 between activations of any type.
  case winograd
  /// By oneDNN.
  case direct
  /// By oneDNN where it has fast code for the convolution, else by OpenBLAS.
  case directIfFast

  /// - float32: all by OpenBLAS, but convolutions of images that no pooling follows.
  /// - bfloat16: Winograd in float32 is as fast as direct bfloat16 or faster, but below 16 channels its
  ///   transforms cost what its products save; OpenBLAS has no bfloat16 for the rest. Where the processor
  ///   multiplies tiles, direct bfloat16 is faster throughout.
  static func inference(
    _ request: ConvolutionRequest, _ precision: Precision, multipliesTiles: Bool
  ) -> AutoRule {
    let geometry = request.geometry
    let hasWinograd =
      geometry.suitsWinograd && request.pooling.map(\.fitsWinogradTiles) ?? true
    let isOfImages = geometry.readsImages && !geometry.isMatrixProduct && request.pooling == nil
    return switch precision {
    case .float32: isOfImages ? .directIfFast : .openBLAS
    case .bfloat16:
      hasWinograd && geometry.inChannels >= 16 && !multipliesTiles ? .winograd : .direct
    }
  }

  /// - 3×3 with stride 1 in channels that fill vectors, by Winograd, and 1×1: OpenBLAS, in float32 in
  ///   either precision, which is as fast there.
  /// - Gradients of weights in float32: OpenBLAS (oneDNN's of strided convolutions are half as fast).
  ///
  /// - Parameter precision: of what convolutions read where they are computed directly.
  static func training(_ pass: TrainingPass, _ precision: Precision) -> AutoRule {
    if pass.geometry.suitsWinograd || pass.geometry.isMatrixProduct { return .openBLAS }
    return pass.kind == .weightGradient && precision == .float32 ? .openBLAS : .directIfFast
  }
}
