import CKernels
import Support
import Tensors

extension Tape {
  /// The mean of (a − b)² over all elements, as `torch.nn.functional.mse_loss`; shape `[]`.
  ///
  /// - Throws: `UserError` when the shapes differ.
  public func meanSquaredError(_ a: Variable, _ b: Variable) throws -> Variable {
    try difference(a, b, kind: 0, epsilon: 0)
  }

  /// The mean of |a − b|, as `torch.nn.functional.l1_loss`; the derivative at 0 is 0.
  ///
  /// - Throws: `UserError` when the shapes differ.
  public func meanAbsoluteError(_ a: Variable, _ b: Variable) throws -> Variable {
    try difference(a, b, kind: 1, epsilon: 0)
  }

  /// Charbonnier's smooth |a − b|: the mean of √((a − b)² + ε²).
  ///
  /// - Throws: `UserError` when the shapes differ or ε is not positive.
  public func charbonnier(_ a: Variable, _ b: Variable, epsilon: Float = 1e-3) throws -> Variable {
    try require(epsilon > 0, "Charbonnier's epsilon must be positive, not \(epsilon)")
    return try difference(a, b, kind: 2, epsilon: epsilon)
  }

  /// The mean absolute difference of the images' horizontal differences plus that of the vertical
  /// ones: a match of edges.
  ///
  /// - Throws: `UserError` when the shapes differ or an image has one row or column.
  public func gradientDifference(_ a: Variable, _ b: Variable) throws -> Variable {
    let size = a.value.activations
    try require(a.shape == b.shape, "losses compare \(a.shape) and \(b.shape)")
    let d = try subtract(a, b)
    func edges(vertical: Bool) throws -> Variable {
      let (dy, dx) = vertical ? (1, 0) : (0, 1)
      func part(_ corner: (top: Int, left: Int)) throws -> Variable {
        try apply(
          CropOperation(height: size.height - dy, width: size.width - dx, corner: corner), d)
      }
      return try meanAbsoluteError(part((dy, dx)), part((0, 0)))
    }
    return try add(edges(vertical: true), edges(vertical: false))
  }

  private func difference(
    _ a: Variable, _ b: Variable, kind: Int32, epsilon: Float
  ) throws -> Variable {
    try require(
      a.shape == b.shape && a.value.count > 0, "losses compare \(a.shape) and \(b.shape)")
    let count = a.value.count
    let (first, second) = (a.value.storage, b.value.storage)
    let sum = context.sums(over: count, width: 1, rowsPerPiece: 1 << 14) { range, sums in
      sums[0] += rg_difference_loss(
        first.pointer + range.lowerBound, second.pointer + range.lowerBound, range.count, kind,
        epsilon)
    }
    let slots: [(GradientSlot?, Float)] = [(a.slot, 1), (b.slot, -1)]
    let shape = a.shape
    return record(scalar(sum[0] / Double(count)), from: [a, b]) { upstream in
      let weight = upstream[0] / Float(count)
      for (slot, sign) in slots {
        add(to: slot, shape) { gradient in
          let to = gradient.storage.pointer
          context.elementwise(count) { range in
            let begin = range.lowerBound
            rg_difference_loss_gradient(
              to + begin, first.pointer + begin, second.pointer + begin, range.count, kind,
              epsilon, sign * weight)
          }
        }
      }
    }
  }

  /// A tensor of the shape `[]`.
  func scalar(_ value: Double) -> Tensor {
    Tensor([]) { $0.update(repeating: Float(value)) }
  }
}
