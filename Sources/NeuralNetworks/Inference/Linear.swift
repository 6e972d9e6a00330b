import CKernels
import Tensors

/// relu?(x · weightsᵀ + bias): x `[N, in]` dense, weights `[out, in]`, output `[N, out]`; threads
/// share the outputs, so that each reads only its part of the weights.
func linear(
  _ input: ActivationView, weights: Tensor, bias: Tensor, relu: Bool,
  into output: ActivationView, context: ComputeContext
) {
  let inner = input.height * input.width * input.channels
  weights.withUnsafeBufferPointer { weights in
    bias.withUnsafeBufferPointer { bias in
      guard let w = weights.baseAddress, let b = bias.baseAddress else { return }
      context.pool.run(over: output.channels, pieces: 2 * context.pool.threads) { range, _ in
        let out = output.pointer + range.lowerBound
        BLAS.multiply(
          rows: input.batch, columns: range.count, inner: inner,
          .init(input.pointer, stride: inner),
          .init(w + range.lowerBound * inner, stride: inner, transposed: true),
          into: out, stride: output.channels)
        rg_epilogue(
          out, output.channels, b + range.lowerBound, nil, 0, relu ? 1 : 0, input.batch,
          range.count)
      }
    }
  }
}
