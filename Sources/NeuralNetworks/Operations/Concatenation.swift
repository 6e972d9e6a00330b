import Support
import Tensors

/// The channels of all inputs, one after the other. In inference they are written where they belong.
struct ConcatenationOperation: DifferentiableOperation {
  var name: String { "a concatenation" }
  var isConcatenation: Bool { true }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard var shape = inputs.first else { throw UserError("nothing to concatenate") }
    shape.channels = inputs.reduce(0) { $0 + $1.channels }
    guard inputs.allSatisfy({ $0.height == shape.height && $0.width == shape.width }) else {
      throw UserError(
        "\(inputs.map { "\($0.extents)" }.joined(separator: " and ")) cannot be concatenated")
    }
    return shape
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction { .concatenate }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    var first = 0
    for input in inputs {
      output.channels(first..<first + input.channels).copy(from: input, context)
      first += input.channels
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? {
    var first = 0
    let slots = inputs.map { part in
      let range = first..<first + part.value.activations.channels
      first = range.upperBound
      return (range: range, slot: part.slot)
    }
    return { upstream in
      for case (let range, let slot?) in slots {
        slot.accumulate(
          try tape.compute(ChannelsOperation(range: range), [upstream]), on: tape)
      }
    }
  }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) -> any InferenceStep { NoStep() }
}

/// Some of the channels.
struct ChannelsOperation: FloatOperation {
  let range: Range<Int>

  var name: String { "a choice of channels" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard range.lowerBound >= 0, range.upperBound <= inputs[0].channels else {
      throw UserError("\(inputs[0].extents) has no channels \(range)")
    }
    var shape = inputs[0]
    shape.channels = range.count
    return shape
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction { .channels(range) }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    output.copy(from: inputs[0].channels(range), context)
  }
}

extension Computation {
  /// The channels of all parts, one after the other.
  ///
  /// - Throws: `UserError` when there are none, or batch or image size differ.
  public func concatenate(_ parts: [Value]) throws -> Value {
    try apply(NetworkOperation(operation: ConcatenationOperation()), to: parts)
  }
}

extension InferenceGraph {
  /// Some of the channels of a value.
  ///
  /// - Throws: `UserError` when it does not have them.
  public func channels(_ range: Range<Int>, of x: Value) throws -> Value {
    try append(ChannelsOperation(range: range), to: [x])
  }

  /// Parts as a concatenation can have them. A value lies in one place: the input, and parts of another
  /// concatenation, are copied.
  func separate(_ parts: [Value]) throws -> [Value] {
    var seen = Set(nodes.filter(\.operation.isConcatenation).flatMap(\.inputs) + [input.index])
    return try parts.map { part in
      seen.insert(part.index).inserted
        ? part : try centerCrop(part, height: part.shape.height, width: part.shape.width)
    }
  }
}
