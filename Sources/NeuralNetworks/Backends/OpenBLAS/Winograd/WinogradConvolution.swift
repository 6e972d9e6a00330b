import CKernels
import Tensors

/// 3×3 by Winograd's minimal filtering, see `WinogradScheme`.
///
/// A thread takes a block of tiles through all three steps, input transform, matrix products, output
/// transform, so that the transformed matrices stay in its cache. Where there are too few tiles for
/// that (7×7 maps), or the weights are too heavy, all threads take each step together, and share the
/// products, so that each reads only its part of the weights. In between all is float32, whatever the
/// activations are: with stride 1, at a quarter of the multiplications or fewer, that is as fast as
/// bfloat16 or faster.
struct WinogradConvolution<Element: ActivationElement>: ConcatenatedConvolution {
  let geometry: ConvolutionGeometry
  let scheme: WinogradScheme
  /// The scheme's panel matrices [in, out].
  let weights: AlignedBuffer
  let bias: AlignedBuffer?
  let relu: Bool
  /// Whether the largest of each 2×2 outputs is the result (no residual then).
  var pooled = false
  /// Into how many parts tiles are divided; `nil` for what the context says.
  var parts: Int?

  var weightBytes: Int { 4 * weights.count }

  func forward(
    _ parts: [Activations<Element>], into output: Activations<Element>,
    residual: Activations<Element>?, context: ComputeContext
  ) {
    WinogradJob(self, parts, into: output, residual: residual).run(context)
  }
}

extension WinogradConvolution {
  /// - Parameter request: its pooling, if any, of windows of 2×2 (see `fitsWinogradTiles`).
  init(_ request: ConvolutionRequest) {
    let scheme = WinogradScheme(request.geometry, usualSize: request.usualSize)
    self.init(
      geometry: request.geometry, scheme: scheme, weights: scheme.transformed(request.weights),
      bias: request.bias?.storage, relu: request.relu, pooled: request.pooling != nil)
  }
}

extension Pooling {
  /// Whether its windows lie within the outputs of a tile.
  var fitsWinogradTiles: Bool { self == Pooling(size: 2, stride: 2) }
}
