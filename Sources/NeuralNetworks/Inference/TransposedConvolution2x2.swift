import CKernels
import Tensors

/// `torch.nn.ConvTranspose2d(in, out, 2, stride=2)`, the U-Net's way up: windows do not overlap, so it
/// is a matrix product and a rearrangement.
struct TransposedConvolution2x2 {
  private let inChannels: Int
  private let outChannels: Int
  /// A panel matrix [in, 4 · out], the four places of the window side by side.
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer?

  /// - Parameter weights: `[in, out, 2, 2]`.
  init(weights: Tensor, bias: Tensor?) {
    let (inner, out) = (weights.shape[0], weights.shape[1])
    let packed = AlignedBuffer(uninitialized: weights.count)
    weights.withUnsafeBufferPointer { from in
      for c in 0..<inner {
        for o in 0..<out {
          for place in 0..<4 {
            packed.pointer[
              PanelMatrix.offset(
                row: c, column: place * out + o, inner: inner, columns: 4 * out)] =
              from[(c * out + o) * 4 + place]
          }
        }
      }
    }
    inChannels = inner
    outChannels = out
    self.weights = packed
    self.bias = bias?.aligned()
  }

  /// What the packed weights take.
  var weightBytes: Int { 4 * weights.count }

  /// `[N, H, W, in]` → `[N, 2 H, 2 W, out]`.
  func forward<Element: ActivationElement>(
    _ input: Activations<Element>, into output: Activations<Element>, context: ComputeContext
  ) {
    let columns = 4 * outChannels
    // Rows whose 2×2 outputs stay in a core's cache.
    let block = min(max((64 << 10) / (columns + inChannels), 64), max(input.pixels, 1))
    context.reserve(.first, block * columns)
    context.reserve(.second, block * inChannels)
    context.pool.run((input.pixels + block - 1) / block) { task, worker in
      guard let rows = context.memory(.first, worker: worker),
        let wide = context.memory(.second, worker: worker)
      else { return }
      let first = task * block
      let count = min(block, input.pixels - first)
      let part = Activations(
        input.pointer + first * input.pixelStride, batch: 1, height: 1, width: count,
        channels: inChannels, pixelStride: input.pixelStride)
      Activations(wide, batch: 1, height: 1, width: count, channels: inChannels).convert(from: part)
      BLAS.multiply(
        rows: count, .init(wide, stride: inChannels),
        PanelMatrix(weights.pointer, inner: inChannels, columns: columns), into: rows,
        stride: columns)
      rg_spread_2x2(
        rows, output.pointer, output.pixelStride, bias?.pointer, input.width, first, count,
        outChannels, Element.isNarrow)
    }
  }
}
