import CKernels
import Tensors

/// A linear layer as a step of a network: relu?(x · weightsᵀ + bias) of all elements of each image.
///
/// The weights, often most of a network's, stay where they are: `[out, inner]`.
struct Linear {
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
    let x = context.shared(.first, batch * inner)
    let y = context.shared(.second, batch * out)
    if pixels > 1 {
      let plain = context.shared(.third, batch * inner)
      input.widened(into: plain)
      context.pool.run(batch) { image, _ in
        rg_transpose_outer(
          plain + image * inner, x + image * inner, pixels, 1, inner / pixels, 0, pixels)
      }
    } else {
      input.widened(into: x)
    }
    linear(
      Activations(x, batch: batch, height: 1, width: 1, channels: inner), weights: weights,
      bias: bias, relu: relu,
      into: Activations(y, batch: batch, height: 1, width: 1, channels: out), context: context)
    output.convert(from: Activations(y, batch: batch, height: 1, width: 1, channels: out))
  }
}

extension Activations where Element: ActivationElement {
  /// All elements as dense floats.
  fileprivate func widened(into floats: UnsafeMutablePointer<Float>) {
    Activations<Float>(floats, batch: batch, height: height, width: width, channels: channels)
      .convert(from: self)
  }
}

/// relu?(x · weightsᵀ + bias): x `[N, in]` dense, weights `[out, in]`, output `[N, out]`; threads
/// share the outputs, so that each reads only its part of the weights, 16 at a time as
/// `BLAS.multiply(rows:columns:inner:_:weights:into:stride:)` does.
func linear(
  _ input: ActivationView, weights: Tensor, bias: Tensor, relu: Bool,
  into output: ActivationView, context: ComputeContext
) {
  let inner = input.height * input.width * input.channels
  weights.withUnsafeBufferPointer { weights in
    bias.withUnsafeBufferPointer { bias in
      guard let w = weights.baseAddress, let b = bias.baseAddress else { return }
      let pieces = 4 * context.pool.threads
      context.pool.run(over: (output.channels + 15) / 16, pieces: pieces) { sixteens, _ in
        let range =
          16 * sixteens.lowerBound..<min(16 * sixteens.upperBound, output.channels)
        let out = output.pointer + range.lowerBound
        BLAS.multiply(
          rows: input.batch, columns: range.count, inner: inner,
          .init(input.pointer, stride: inner),
          weights: .init(w + range.lowerBound * inner, stride: inner),
          into: out, stride: output.channels)
        rg_epilogue(
          out, output.channels, b + range.lowerBound, nil, 0, relu ? 1 : 0, input.batch,
          range.count)
      }
    }
  }
}
