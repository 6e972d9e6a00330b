import CKernels
import Tensors

/// A 1×1 convolution: [N·H·W, in] · [in, out], in blocks of rows whose results fit a core's cache
/// until bias, residual and ReLU have been applied; where there are too few rows for all parts, columns
/// are divided, too.
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
    let down = min(rounds * parts, max(rows / 32, 1))
    let across = ColumnParts(output.channels, atMost: (rounds * parts + down - 1) / down)
    context.pool.run(down * across.count) { task, _ in
      let (i, j) = (task / across.count, task % across.count)
      let range = rows * i / down..<rows * (i + 1) / down
      product(
        .init(input.pointer + range.lowerBound * input.pixelStride, stride: input.pixelStride),
        inner: input.channels, pixels: range, across[j], of: output, adding: residual)
    }
  }
}

/// The columns of a product in parts of whole panels.
struct ColumnParts {
  let count: Int
  private let columns: Int
  private let panels: Int

  init(_ columns: Int, atMost most: Int) {
    self.columns = columns
    panels = (columns + PanelMatrix.width - 1) / PanelMatrix.width
    count = max(min(most, panels), 1)
  }

  subscript(part: Int) -> Range<Int> {
    let begin = PanelMatrix.width * (panels * part / count)
    return begin..<min(PanelMatrix.width * (panels * (part + 1) / count), columns)
  }
}

/// out = relu?(rows · weights + bias + residual) for some pixels.
struct FusedProduct {
  /// A panel matrix [inner, out].
  let weights: AlignedBuffer
  let bias: AlignedBuffer?
  let relu: Bool

  var weightBytes: Int { 4 * weights.count }

  /// - Parameters:
  ///   - pixels: of the whole batch, a row of the factor each.
  ///   - columns: of the output's channels, whole panels (but for the last).
  func callAsFunction(
    _ rows: BLAS.Factor, inner: Int, pixels: Range<Int>, _ columns: Range<Int>,
    of output: ActivationView, adding residual: ActivationView?
  ) {
    // A residual that lies where the output goes is what the product adds to.
    let inPlace = residual.map { $0.pointer == output.pointer } ?? false
    let residual = inPlace ? nil : residual
    let first = columns.lowerBound
    let out = output.pointer + pixels.lowerBound * output.pixelStride + first
    BLAS.multiply(
      rows: pixels.count, rows,
      PanelMatrix(weights.pointer, inner: inner, columns: output.channels).panels(columns),
      beta: inPlace ? 1 : 0, into: out, stride: output.pixelStride)
    rg_epilogue(
      out, output.pixelStride, bias.map { $0.pointer + first },
      residual.map { UnsafePointer($0.pointer + pixels.lowerBound * $0.pixelStride + first) },
      residual?.pixelStride ?? 0, relu ? 1 : 0, pixels.count, columns.count)
  }
}
