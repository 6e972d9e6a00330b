import CKernels
import Tensors

/// A linear layer as a step of a network: relu?(x · weightsᵀ + bias) of all elements of each image.
///
/// The weights, often most of a network's, stay where they are: `[out, inner]`. They are the left
/// factor of a product whose right factor are the images as columns, so that the heavy factor is read
/// once, row by row, and the light one stays near. Images are filled up to whole vectors of 16; where
/// products are cut (`BLAS.cutsProducts`) an image's results do not depend on how many there are.
struct PackedLinear {
  private let weights: Tensor
  private let bias: Tensor
  private let relu: Bool
  private let pixels: Int

  /// - Parameters:
  ///   - weights: `[out, inner]`.
  ///   - pixels: where the weights count an image's elements as C, H, W, as PyTorch flattens them,
  ///     the number of its pixels; 1 where they count as we do, H, W, C.
  init(weights: Tensor, bias: Tensor, relu: Bool, pixels: Int) {
    self.weights = weights
    self.bias = bias
    self.relu = relu
    self.pixels = pixels
  }

  /// What the weights take.
  var weightBytes: Int { 4 * weights.count }

  /// Input: dense, `inner` elements an image; output `[N, 1, 1, out]`.
  func forward<Input: ActivationElement, Output: ActivationElement>(
    _ input: Activations<Input>, into output: Activations<Output>, context: ComputeContext
  ) {
    let (batch, inner, out) = (input.batch, weights.shape[1], weights.shape[0])
    let columns = (batch + 15) / 16 * 16
    let images = context.shared(.first, columns * inner)
    let results = context.shared(.second, columns * out)
    let rows = context.shared(.third, columns * max(inner, out))
    input.widened(into: rows)
    (rows + batch * inner).update(repeating: 0, count: (columns - batch) * inner)
    transpose(
      rows, rows: columns, of: inner, pixels: pixels, into: images, panels: PanelMatrix.width,
      context)
    let pieces = 4 * context.pool.threads
    weights.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress else { return }
      context.pool.run(over: out, pieces: pieces) { range, _ in
        BLAS.multiply(
          rows: range.count, .init(weights + range.lowerBound * inner, stride: inner),
          PanelMatrix(images, inner: inner, columns: columns),
          into: results + range.lowerBound * columns, stride: columns)
      }
    }
    transpose(results, rows: out, of: columns, pixels: 1, into: rows, panels: out, context)
    bias.withUnsafeBufferPointer { bias in
      rg_epilogue(rows, out, bias.baseAddress, nil, 0, relu ? 1 : 0, batch, out)
    }
    output.convert(from: Activations(rows, batch: batch, height: 1, width: 1, channels: out))
  }

  /// Rows `[pixels, count / pixels]` each as columns, whose elements are counted the other way round,
  /// in panels of so many columns.
  private func transpose(
    _ from: UnsafeMutablePointer<Float>, rows: Int, of count: Int, pixels: Int,
    into to: UnsafeMutablePointer<Float>, panels: Int, _ context: ComputeContext
  ) {
    for first in stride(from: 0, to: rows, by: panels) {
      let width = min(panels, rows - first)
      context.pool.run((width + 15) / 16) { piece, _ in
        rg_transpose_outer(
          from + first * count, to + first * count, width, pixels, count / pixels, 16 * piece,
          min(16 * (piece + 1), width))
      }
    }
  }
}

extension Activations where Element: ActivationElement {
  /// All elements as dense floats.
  fileprivate func widened(into floats: UnsafeMutablePointer<Float>) {
    Activations<Float>(floats, batch: batch, height: height, width: width, channels: channels)
      .convert(from: self)
  }
}
