import CKernels
import Support
import Tensors

/// A vector as constant planes.
struct PlanesOperation: DifferentiableOperation {
  let height: Int
  let width: Int

  var name: String { "constant planes" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].pixels == 1, height > 0, width > 0 else {
      throw UserError("planes are made of vectors, not \(inputs[0].extents)")
    }
    return FeatureShape(height: height, width: width, channels: inputs[0].channels)
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction { .planes }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    context.pool.run(output.batch) { image, _ in
      rg_fill_pixels(
        output.image(image), output.pixelStride, inputs[0].image(image),
        output.features.pixels, output.channels)
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? {
    tape.backward(to: inputs[0]) { upstream, dx in
      tape.context.pool.run(dx.batch) { image, _ in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: dx.channels) { sums in
          sums.update(repeating: 0)
          rg_column_sums(upstream.image(image), height * width, dx.channels, sums.baseAddress)
          for c in 0..<dx.channels { dx.image(image)[c] = Float(sums[c]) }
        }
      }
    }
  }
}

extension Computation {
  /// Constant planes: vectors `[N, 1, 1, C]` → `[N, height, width, C]`.
  ///
  /// - Throws: `UserError` when x is not a vector.
  public func planes(_ x: Value, height: Int, width: Int) throws -> Value {
    try apply(PlanesOperation(height: height, width: width), x)
  }
}
