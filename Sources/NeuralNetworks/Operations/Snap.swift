import Support
import Tensors

/// Vectors that hardly differ from a given one become it.
struct SnapOperation: DifferentiableOperation {
  let origin: [Float]
  /// Rows of as many numbers as a vector has: what of the difference is measured.
  let measures: [[Float]]
  let tolerance: Float

  var name: String { "snapping" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].count == origin.count, measures.allSatisfy({ $0.count == origin.count }) else {
      throw UserError("\(name) takes vectors of \(origin.count), not \(inputs[0].extents)")
    }
    return inputs[0]
  }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    for image in 0..<output.batch {
      let vector = inputs[0].image(image)
      let isNear = measures.allSatisfy { row in
        let measure = row.indices.reduce(0) { $0 + row[$1] * (vector[$1] - origin[$1]) }
        // False for NaN.
        return abs(measure) <= tolerance
      }
      for index in origin.indices {
        output.image(image)[index] = isNear ? origin[index] : vector[index]
      }
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? { nil }
}

extension Computation {
  /// Vectors v `[N, 1, 1, C]`, but `origin` in place of each whose measures |m · (v − origin)| are all at
  /// most `tolerance`. Counts as a constant: no gradient passes.
  ///
  /// - Throws: `UserError` when the sizes do not fit.
  public func snap(
    _ x: Value, to origin: [Float], measures: [[Float]], tolerance: Float
  ) throws -> Value {
    try apply(SnapOperation(origin: origin, measures: measures, tolerance: tolerance), x)
  }
}
