import CKernels
import Support
import Tensors

/// `torch.flatten(x, 1)`: activations as a vector in PyTorch's order (channel, row, column), so that the
/// weights of a linear layer after it serve here as they are.
struct FlattenOperation: DifferentiableOperation {
  var name: String { "flatten" }

  func shape(_ inputs: [FeatureShape]) -> FeatureShape { FeatureShape(channels: inputs[0].count) }

  func function(of inputs: [FeatureShape]) -> GraphFunction { .flatten }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    inputs[0].withoutGaps { x in
      context.pool.run(x.batch) { image, _ in
        let pixels = x.features.pixels
        rg_transpose_outer(x.image(image), output.image(image), pixels, 1, x.channels, 0, pixels)
      }
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? {
    tape.backward(to: inputs[0]) { upstream, dx in
      tape.context.pool.run(dx.batch) { image, _ in
        rg_transpose_outer(
          upstream.image(image), dx.image(image), dx.channels, 1, dx.features.pixels, 0,
          dx.channels)
      }
    }
  }
}

extension Computation {
  /// `torch.flatten(x, 1)`: `[N, H, W, C]` as vectors `[N, 1, 1, C · H · W]` in PyTorch's order: channel,
  /// row, column.
  ///
  /// - Throws: `UserError` when x is not `[N, H, W, C]`.
  public func flatten(_ x: Value) throws -> Value {
    try shape(of: x).pixels == 1 ? x : apply(FlattenOperation(), x)
  }
}

extension Tape {
  /// The same elements under another shape.
  ///
  /// - Throws: `UserError` when their number differs.
  public func reshape(_ x: Variable, _ shape: [Int]) throws -> Variable {
    guard let value = x.value.reshaped(shape) else {
      throw UserError("\(x.shape) does not have the elements of \(shape)")
    }
    let (xs, before) = (x.slot, x.shape)
    return record(value, from: [x]) { upstream in
      if let dx = upstream.reshaped(before) { xs?.accumulate(dx, on: self) }
    }
  }
}
