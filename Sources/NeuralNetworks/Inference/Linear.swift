import CKernels
import Tensors

/// relu?(x · weightsᵀ + bias) of all elements of each image, the weights packed for the product.
struct Linear {
  /// Elements of an image.
  let inner: Int
  let out: Int
  private let weights: AlignedBuffer
  private let bias: Tensor
  private let relu: Bool

  /// Packs weights `[out, inner]`.
  ///
  /// - Parameters:
  ///   - pixels: where the weights count an image's elements as C, H, W, as PyTorch flattens them,
  ///     the number of its pixels; 1 where they count as we do, H, W, C.
  init(weights: Tensor, bias: Tensor, relu: Bool, pixels: Int, context: ComputeContext) {
    let (out, inner) = (weights.shape[0], weights.shape[1])
    let packed = AlignedBuffer(uninitialized: weights.count)
    let channels = inner / max(pixels, 1)
    // Sixteen columns are written at a time, and read along their rows.
    context.pool.run((out + 15) / 16) { group, _ in
      weights.withUnsafeBufferPointer { from in
        let columns = group * 16..<min(group * 16 + 16, out)
        for channel in 0..<channels {
          for pixel in 0..<pixels {
            let row = pixel * channels + channel
            let to =
              packed.pointer
              + PanelMatrix.offset(
                row: row, column: columns.lowerBound, inner: inner, columns: out)
            let source = channel * pixels + pixel
            for column in columns {
              to[column - columns.lowerBound] = from[column * inner + source]
            }
          }
        }
      }
    }
    self.inner = inner
    self.out = out
    self.weights = packed
    self.bias = bias
    self.relu = relu
  }

  /// What the packed weights take.
  var weightBytes: Int { 4 * weights.count }

  /// Input: dense, `inner` elements an image; output `[N, 1, 1, out]`. Threads share the outputs, so
  /// that each reads only its part of the weights.
  func forward<Input: ActivationElement, Output: ActivationElement>(
    _ input: Activations<Input>, into output: Activations<Output>, context: ComputeContext
  ) {
    let batch = input.batch
    let x = context.shared(.first, batch * inner)
    let y = context.shared(.second, batch * out)
    Activations(
      x, batch: batch, height: input.height, width: input.width, channels: input.channels
    ).convert(from: input)
    let panels = (out + PanelMatrix.width - 1) / PanelMatrix.width
    let matrix = PanelMatrix(weights.pointer, inner: inner, columns: out)
    bias.withUnsafeBufferPointer { bias in
      guard let bias = bias.baseAddress else { return }
      context.pool.run(over: panels, pieces: 4 * context.pool.threads) { range, _ in
        let first = range.lowerBound * PanelMatrix.width
        let columns = first..<min(range.upperBound * PanelMatrix.width, out)
        BLAS.multiply(
          rows: batch, .init(x, stride: inner), matrix.panels(columns), into: y + first,
          stride: out)
        rg_epilogue(
          y + first, out, bias + first, nil, 0, relu ? 1 : 0, batch, columns.count)
      }
    }
    output.convert(
      from: Activations(y, batch: batch, height: 1, width: 1, channels: out))
  }
}
