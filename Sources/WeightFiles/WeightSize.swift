import Support
import Tensors

/// How much memory the tensors of a file take together. Files can name one tensor many times, and packed
/// ones hold little.
struct WeightSize {
  private let path: String
  private var bytes = 0

  init(path: String) { self.path = path }

  /// The tensor, once it is counted.
  ///
  /// - Throws: `UserError` when all of them are more than `Limits.weightBytes`.
  mutating func adding(_ tensor: Tensor) throws -> Tensor {
    bytes += 4 * tensor.count
    try Limits.weightBytes.check(bytes, "\(path): its tensors")
    return tensor
  }
}
