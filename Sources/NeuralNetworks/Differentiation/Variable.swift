import CKernels
import Tensors

/// A value in a computation that may be differentiated.
public struct Variable {
  /// The value: activations are `[N, H, W, C]`, losses have the shape `[]`.
  public let value: Tensor
  /// Where the gradient gathers, or `nil` for a constant.
  let slot: GradientSlot?

  /// The extents of the value.
  public var shape: [Int] { value.shape }
  /// Whether backward passes reach this value.
  public var requiresGradient: Bool { slot != nil }
}

/// Gathers the gradient of one value. Kept apart from the value, so that a step of the tape holds
/// only the tensors that it needs.
final class GradientSlot {
  var gradient: Tensor?
  /// The value, where it is what a ReLU let through: where it is 0, the gradient before it is 0.
  let cut: Tensor?
  /// Whether all contributions are 0 there already.
  private(set) var isCut = true
  /// Recorded operations that will contribute.
  private var uses = 0
  /// Called when the last of them has.
  var finished: (() -> Void)?

  init(cut: Tensor? = nil) { self.cut = cut }

  /// An operation was recorded.
  func expectUse() { uses += 1 }

  /// It has contributed, or will not.
  ///
  /// - Parameter isForgotten: whether the record was given up.
  func endUse(isForgotten: Bool = false) {
    uses -= 1
    if uses == 0, !isForgotten { finished?() }
  }

  /// Adds a contribution; the first one is taken over without a copy.
  ///
  /// - Parameter isCut: whether it is 0 where `cut` is.
  func accumulate(_ contribution: Tensor, isCut: Bool = false, on tape: Tape) {
    guard var sum = gradient else {
      gradient = contribution
      self.isCut = isCut
      return
    }
    self.isCut = self.isCut && isCut
    gradient = nil
    let out = tape.writable(&sum)
    let (a, b) = (sum.storage, contribution.storage)
    tape.context.elementwise(sum.count) { range in
      let begin = range.lowerBound
      rg_combine(
        out.pointer + begin, 1, a.pointer + begin, 1, b.pointer + begin, range.count)
    }
    gradient = Tensor(sum.shape, storage: out)
  }
}
