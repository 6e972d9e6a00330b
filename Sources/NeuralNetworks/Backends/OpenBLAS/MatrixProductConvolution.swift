import CKernels
import Tensors

/// A 1×1 convolution: [N·H·W, in] · [in, out], in blocks of rows whose results fit a core's cache
/// until bias, residual and ReLU have been applied.
struct MatrixProductConvolution: Convolution {
  let product: FusedProduct
  /// Into how many parts rows are divided; `nil` for what the context says.
  var parts: Int?

  var weightBytes: Int { product.weightBytes }

  func forward(
    _ input: ActivationView, into output: ActivationView, residual: ActivationView?,
    context: ComputeContext
  ) {
    let rows = input.pixels
    // As many blocks for each part, at least two.
    let parts = parts ?? context.parts
    let block = max(CacheBudget.productRows / (input.channels + output.channels), 96)
    let rounds = max((rows + parts * block - 1) / (parts * block), 2)
    context.pool.run(over: rows, pieces: min(rounds * parts, max(rows / 32, 1))) { range, _ in
      product(
        .init(input.pointer + range.lowerBound * input.pixelStride, stride: input.pixelStride),
        inner: input.channels, pixels: range, of: output, adding: residual)
    }
  }
}

/// out = relu?(rows · weights + bias + residual) for some pixels.
struct FusedProduct {
  /// A panel matrix [inner, out].
  let weights: AlignedBuffer
  let bias: AlignedBuffer?
  let relu: Bool

  var weightBytes: Int { 4 * weights.count }

  /// - Parameter pixels: of the whole batch, a row of the factor each.
  func callAsFunction(
    _ rows: BLAS.Factor, inner: Int, pixels: Range<Int>, of output: ActivationView,
    adding residual: ActivationView?
  ) {
    // A residual that lies where the output goes is what the product adds to.
    let inPlace = residual.map { $0.pointer == output.pointer } ?? false
    let residual = inPlace ? nil : residual
    let out = output.pointer + pixels.lowerBound * output.pixelStride
    BLAS.multiply(
      rows: pixels.count, rows,
      PanelMatrix(weights.pointer, inner: inner, columns: output.channels),
      beta: inPlace ? 1 : 0, into: out, stride: output.pixelStride)
    rg_epilogue(
      out, output.pixelStride, bias?.pointer,
      residual.map { UnsafePointer($0.pointer + pixels.lowerBound * $0.pixelStride) },
      residual?.pixelStride ?? 0, relu ? 1 : 0, pixels.count, output.channels)
  }
}
