import Foundation
import Tensors

extension Tape {
  /// The mean of log σ(logits): log D(y) of the paper's equation (1). Finite for any finite logit.
  public func meanLogSigmoid(_ logits: Variable) throws -> Variable {
    multiply(try meanSoftplus(logits, sign: -1), by: -1)
  }

  /// The mean of log(1 − σ(logits)): log(1 − D(G(x))) of equation (1). The generator's saturating
  /// loss is this, its non-saturating one the negative of `meanLogSigmoid`.
  public func meanLogOneMinusSigmoid(_ logits: Variable) throws -> Variable {
    multiply(try meanSoftplus(logits, sign: 1), by: -1)
  }

  /// The mean of log(1 + exp(sign · logits)), from max(z, 0) + log1p(exp(−|z|)), which neither
  /// overflows nor loses the small ones.
  private func meanSoftplus(_ logits: Variable, sign: Double) throws -> Variable {
    try require(logits.value.count > 0, "the loss needs at least one logit")
    let elements = logits.value.elements
    let count = Double(elements.count)
    let sum = elements.reduce(0) { sum, logit in
      let z = sign * Double(logit)
      return sum + max(z, 0) + log1p(exp(-abs(z)))
    }
    let (slot, shape) = (logits.slot, logits.shape)
    return record(scalar(sum / count), from: [logits]) { upstream in
      let weight = Double(upstream[0]) * sign / count
      let gradient = Tensor(shape) { memory in
        for (index, logit) in elements.enumerated() {
          memory[index] = Float(weight / (1 + exp(-sign * Double(logit))))
        }
      }
      slot?.accumulate(gradient, on: self)
    }
  }
}
