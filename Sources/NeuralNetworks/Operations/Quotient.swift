import Support
import Tensors

/// a / b of the same shape.
struct QuotientOperation: DifferentiableOperation {
  var name: String { "a quotient" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0] == inputs[1] else {
      throw UserError("\(inputs[0].extents) cannot be divided by \(inputs[1].extents)")
    }
    return inputs[0]
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction { .divide }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    for pixel in 0..<output.pixels {
      let (a, b) = (
        inputs[0].pointer + pixel * inputs[0].pixelStride,
        inputs[1].pointer + pixel * inputs[1].pixelStride
      )
      let to = output.pointer + pixel * output.pixelStride
      for channel in 0..<output.channels { to[channel] = a[channel] / b[channel] }
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? {
    let (a, b) = (inputs[0].value, inputs[1].value)
    let (numeratorSlot, divisorSlot) = (inputs[0].slot, inputs[1].slot)
    return { upstream in
      let dy = upstream
      tape.add(to: numeratorSlot, a.shape) { da in
        for index in 0..<da.count { da.storage.pointer[index] = dy[index] / b[index] }
      }
      tape.add(to: divisorSlot, b.shape) { db in
        for index in 0..<db.count {
          db.storage.pointer[index] = -dy[index] * a[index] / (b[index] * b[index])
        }
      }
    }
  }
}

extension Computation {
  /// a / b, number by number, of the same shape: for vectors and other small values.
  ///
  /// - Throws: `UserError` when the shapes differ.
  public func divide(_ a: Value, by b: Value) throws -> Value {
    try apply(QuotientOperation(), a, b)
  }
}
