import Support
import Tensors

/// Vectors that hardly differ from a given one become it.
struct SnapOperation: DifferentiableOperation {
  let origin: [Float]
  /// Rows of as many numbers as a vector has: what of the difference is measured.
  let measures: [[Float]]
  /// Such rows, by whose product with the difference, plus 1, a measure is divided; none where there is
  /// nothing to divide by.
  let divisors: [[Float]]
  let tolerance: Float

  var name: String { "snapping" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].count == origin.count,
      (measures + divisors).allSatisfy({ $0.count == origin.count }),
      divisors.isEmpty || divisors.count == measures.count
    else {
      throw UserError("\(name) takes vectors of \(origin.count), not \(inputs[0].extents)")
    }
    return inputs[0]
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction {
    .snap(to: origin, measures: measures, divisors: divisors, tolerance: tolerance)
  }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    for image in 0..<output.batch {
      let vector = inputs[0].image(image)
      func product(_ row: [Float]) -> Float {
        row.indices.reduce(0) { $0 + row[$1] * (vector[$1] - origin[$1]) }
      }
      let isNear = measures.indices.allSatisfy { index in
        let divisor = divisors.isEmpty ? 1 : 1 + product(divisors[index])
        // False for NaN, and where the divisor is negative.
        return abs(product(measures[index])) <= tolerance * divisor
      }
      for index in origin.indices {
        output.image(image)[index] = isNear ? origin[index] : vector[index]
      }
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? { nil }
}

extension Computation {
  /// Vectors v `[N, 1, 1, C]`, but `origin` in place of each whose measures |m · (v − origin)|, divided by
  /// 1 + d · (v − origin) where there are divisors d, are all at most `tolerance`. Counts as a constant:
  /// no gradient passes.
  ///
  /// - Throws: `UserError` when the sizes do not fit.
  public func snap(
    _ x: Value, to origin: [Float], measures: [[Float]], over divisors: [[Float]] = [],
    tolerance: Float
  ) throws -> Value {
    try apply(
      SnapOperation(
        origin: origin, measures: measures, divisors: divisors, tolerance: tolerance), x)
  }
}
