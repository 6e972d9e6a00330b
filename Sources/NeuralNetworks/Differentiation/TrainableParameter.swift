import Tensors

/// A tensor that training changes: a weight or bias under its name in PyTorch's `state_dict`, in
/// PyTorch's axis order.
public final class TrainableParameter {
  /// E.g. `down.0.conv1.weight`.
  public let name: String
  /// The current value; the optimiser replaces its elements.
  public var value: Tensor
  /// Whether computations treat it as a constant, e.g. the discriminator's while the generator
  /// learns.
  public var isFrozen = false
  let slot = GradientSlot()

  /// Called when a backward pass has added all that it adds to the gradient.
  package var onGradient: (() -> Void)? {
    get { slot.finished }
    set { slot.finished = newValue }
  }

  /// A parameter without a gradient, not frozen.
  public init(_ name: String, _ value: Tensor) {
    self.name = name
    self.value = value
  }

  /// The sum of the gradients since it was last set to `nil`, in the shape of the value.
  public var gradient: Tensor? {
    get { slot.gradient }
    set { slot.gradient = newValue }
  }
}

extension Sequence where Element == TrainableParameter {
  /// Forgets all gradients, before the next step.
  public func clearGradients() { for parameter in self { parameter.gradient = nil } }

  /// Freezes or thaws all.
  public func freeze(_ frozen: Bool) { for parameter in self { parameter.isFrozen = frozen } }
}
