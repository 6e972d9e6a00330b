import CKernels
import Tensors

/// The Euclidean norm of all gradients together.
public enum GradientNorm {
  /// The norm over all parameters that have a gradient. NaN or infinity in any of them shows here.
  public static func norm(_ parameters: [TrainableParameter], context: ComputeContext) -> Double {
    var total = 0.0
    for case let gradient? in parameters.map(\.gradient) {
      let memory = gradient.storage
      let sum = context.sums(over: gradient.count, width: 1, rowsPerPiece: 1 << 14) {
        range, sums in
        sums[0] += rg_sum_of_squares(memory.pointer + range.lowerBound, range.count)
      }
      total += sum[0]
    }
    return total.squareRoot()
  }

  /// The factor that brings a norm down to `maximum`, as `torch.nn.utils.clip_grad_norm_` computes
  /// it: min(1, maximum / (norm + 1e-6)). Give it to the optimiser's step.
  public static func clipFactor(norm: Double, maximum: Double) -> Float {
    Float(min(1, maximum / (norm + 1e-6)))
  }
}
