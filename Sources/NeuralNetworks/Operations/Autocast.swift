import Support
import Tensors

/// The same values in another type: where a part of a network begins or ends that is computed in the
/// precision which the network was asked for.
struct CastOperation: GraphOperation {
  /// Of the result.
  enum Direction: Sendable {
    /// In the precision that was asked for.
    case narrow
    /// In float32.
    case widen
  }

  let direction: Direction

  /// What follows may end in float32 as well, and then this has nothing to do.
  var mayEndInFloat: Bool { direction == .widen }

  func shape(_ inputs: [FeatureShape]) -> FeatureShape { inputs[0] }

  func function(of inputs: [FeatureShape]) -> GraphFunction { .cast }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) -> any InferenceStep { Step() }

  private struct Step: InferenceStep {
    func run(_ views: StepViews, _ context: ComputeContext) {
      switch (views.isFloat(views.node.inputs[0]), views.isFloat(views.index)) {
      case (true, true):
        convert(views.input(as: Float.self), into: views.output(as: Float.self), context)
      case (true, false):
        convert(views.input(as: Float.self), into: views.output(as: BFloat16.self), context)
      case (false, true):
        convert(views.input(as: BFloat16.self), into: views.output(as: Float.self), context)
      case (false, false):
        convert(views.input(as: BFloat16.self), into: views.output(as: BFloat16.self), context)
      }
    }

    private func convert<Input: ActivationElement, Output: ActivationElement>(
      _ input: Activations<Input>, into output: Activations<Output>, _ context: ComputeContext
    ) {
      context.pool.run(input.batch) { image, _ in
        output.images(image..<image + 1).convert(from: input.images(image..<image + 1))
      }
    }
  }
}

extension InferenceGraph {
  /// What `body` makes of x, computed in the precision that the network is packed for; the results of
  /// all else are float32.
  ///
  /// - Throws: What `body` throws.
  public func autocast(_ x: Value, _ body: (Value) throws -> Value) throws -> Value {
    try widened(body(narrowed(x)))
  }

  /// x where a part in the precision that was asked for begins.
  ///
  /// - Throws: `UserError` for a value that is in such a part.
  public func narrowed(_ x: Value) throws -> Value {
    guard !nodes[x.index].isNarrowed else {
      throw UserError("a part of a network in reduced precision begins within another")
    }
    return try append(CastOperation(direction: .narrow), to: [x])
  }

  /// x where such a part ends.
  ///
  /// - Throws: `UserError` for a value that is in none.
  public func widened(_ x: Value) throws -> Value {
    guard nodes[x.index].isNarrowed else {
      throw UserError("a part of a network in reduced precision ends where none began")
    }
    return try append(CastOperation(direction: .widen), to: [x])
  }
}

extension Tape {
  /// What `body` makes of x: how a tape computes is its back end's affair.
  ///
  /// - Throws: What `body` throws.
  public func autocast(_ x: Variable, _ body: (Variable) throws -> Variable) rethrows -> Variable {
    try body(x)
  }
}
