import Tensors

/// A running variance that no batch can have had.
struct NegativeVariance: Error {
  let channel: Int
  let value: Float
}

/// Weights and bias of a convolution without bias followed by batch norm, as one convolution:
/// w · γ / √(variance + ε) and β − mean · γ / √(variance + ε).
///
/// - Parameters:
///   - weights: `[out, in, kh, kw]`.
///   - scale: γ `[out]`.
///   - shift: β `[out]`.
///   - epsilon: default: PyTorch's.
/// - Throws: `NegativeVariance` naming the channel.
func foldedBatchNorm(
  weights: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor,
  epsilon: Double = 1e-5
) throws(NegativeVariance) -> (weights: Tensor, bias: Tensor) {
  let scales = zip(scale.elements, variance.elements).map {
    Double($0) / (Double($1) + epsilon).squareRoot()
  }
  if let channel = scales.firstIndex(where: { !$0.isFinite }) {
    throw NegativeVariance(channel: channel, value: variance[channel])
  }
  var folded = weights
  let filter = folded.count / max(scales.count, 1)
  folded.withUnsafeMutableBufferPointer { memory in
    for (out, scale) in scales.enumerated() {
      for index in out * filter..<(out + 1) * filter {
        memory[index] = Float(Double(memory[index]) * scale)
      }
    }
  }
  let bias = zip(zip(shift.elements, mean.elements), scales).map { pair, scale in
    Float(Double(pair.0) - Double(pair.1) * scale)
  }
  return (folded, Tensor(bias))
}
