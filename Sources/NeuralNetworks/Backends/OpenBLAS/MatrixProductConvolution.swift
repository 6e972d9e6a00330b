import CKernels
import Tensors

/// A 1×1 convolution: [N·H·W, in] · [in, out], in blocks of rows whose results fit a core's cache
/// until bias, residual and ReLU have been applied.
struct MatrixProductConvolution: Convolution {
  /// A panel matrix [in, out].
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer?
  private let relu: Bool

  /// - Parameter weights: a panel matrix `[in, out]`.
  init(weights: AlignedBuffer, bias: AlignedBuffer?, relu: Bool) {
    self.weights = weights
    self.bias = bias
    self.relu = relu
  }

  var weightBytes: Int { 4 * weights.count }

  func forward(
    _ input: ActivationView, into output: ActivationView, residual: ActivationView?,
    context: ComputeContext
  ) {
    // A residual that lies where the output goes is what the product adds to.
    let inPlace = residual.map { $0.pointer == output.pointer } ?? false
    let residual = inPlace ? nil : residual
    let rows = input.pixels
    // As many blocks for each thread, at least two.
    let threads = context.pool.threads
    let block = max(CacheBudget.productRows / (input.channels + output.channels), 96)
    let rounds = max((rows + threads * block - 1) / (threads * block), 2)
    context.pool.run(over: rows, pieces: min(rounds * threads, max(rows / 32, 1))) { range, _ in
      let out = output.pointer + range.lowerBound * output.pixelStride
      BLAS.multiply(
        rows: range.count,
        .init(input.pointer + range.lowerBound * input.pixelStride, stride: input.pixelStride),
        PanelMatrix(weights.pointer, inner: input.channels, columns: output.channels),
        beta: inPlace ? 1 : 0, into: out, stride: output.pixelStride)
      rg_epilogue(
        out, output.pixelStride, bias?.pointer,
        residual.map { UnsafePointer($0.pointer + range.lowerBound * $0.pixelStride) },
        residual?.pixelStride ?? 0, relu ? 1 : 0, range.count, output.channels)
    }
  }
}
