import CKernels
import Tensors

/// A convolution by im2col and the max pooling that follows, in strips of a few rows, so that what
/// the convolution writes never leaves a core's cache. Made for a network's first layers, whose
/// outputs are its largest; rows that neighbouring strips share are computed twice.
struct PooledPatchesConvolution: Convolution {
  let geometry: ConvolutionGeometry
  /// By [kh · kw · in, out].
  let product: FusedProduct
  let pooling: Pooling

  /// Rows of the convolution that a strip takes, about.
  private static let rowsAStrip = 13

  var weightBytes: Int { product.weightBytes }

  /// Takes no residual.
  func forward(
    _ input: ActivationView, into output: ActivationView, residual: ActivationView?,
    context: ComputeContext
  ) {
    let size = geometry.outputSize(height: input.height, width: input.width)
    let (out, taps) = (geometry.outChannels, geometry.taps)
    // Rows of the result that a strip makes, and rows of the convolution that they need.
    let share = max((Self.rowsAStrip - pooling.size) / pooling.stride + 1, 1)
    let needed = (share - 1) * pooling.stride + pooling.size
    let strips = (output.height + share - 1) / share
    context.reserve(.first, size.width * taps)
    context.reserve(.second, needed * size.width * out)
    context.pool.run(input.batch * strips) { task, worker in
      guard let patches = context.memory(.first, worker: worker),
        let rows = context.memory(.second, worker: worker)
      else { return }
      let (image, strip) = (task / strips, task % strips)
      let results = strip * share..<min((strip + 1) * share, output.height)
      let begin = max(results.lowerBound * pooling.stride - pooling.padding, 0)
      let end = min(
        (results.upperBound - 1) * pooling.stride - pooling.padding + pooling.size, size.height)
      for row in begin..<end {
        geometry.gather(
          row * size.width..<(row + 1) * size.width, of: input, image, width: size.width,
          into: patches)
        let to = rows + (row - begin) * size.width * out
        BLAS.multiply(
          rows: size.width, .init(patches, stride: taps),
          PanelMatrix(product.weights.pointer, inner: taps, columns: out), into: to, stride: out)
      }
      // The strip as part of the image of which the pooling speaks.
      rg_max_pool(
        rows - begin * size.width * out, size.height, size.width, out, output.image(image),
        output.width, output.pixelStride, out, pooling.size, pooling.stride, pooling.padding,
        results.lowerBound, results.upperBound, nil, 0)
      // Neither bias nor ReLU changes which value of a window is largest.
      let line = output.width * output.pixelStride
      rg_epilogue(
        output.image(image) + results.lowerBound * line, output.pixelStride, product.bias?.pointer,
        nil,
        0, product.relu ? 1 : 0, results.count * output.width, out)
    }
  }
}
