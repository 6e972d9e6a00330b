import Support
import Tensors

/// One operation of a network: what it makes of shapes, which parameters it has, what it costs, and the
/// step of an inference network that computes it.
protocol GraphOperation: Sendable {
  /// In PyTorch's order; none by default.
  var parameters: [Parameter] { get }

  /// The shape of one image's result.
  ///
  /// - Throws: `UserError` when the inputs do not fit.
  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape

  /// What it computes, for those who have it computed elsewhere; as the network's definition has it,
  /// before passes over the graph fuse it with others.
  func function(of inputs: [FeatureShape]) -> GraphFunction

  /// Packs the weights and gives what computes the operation for activations of one type.
  ///
  /// - Parameter inputs: the shapes that it is made for; others are computed as well, if more slowly.
  /// - Throws: `UserError` when a parameter is missing or the back end cannot do it.
  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep

  /// Its share of the network's bound; `nil`, the default, where it is not counted.
  func work(_ inputs: [FeatureShape]) -> LayerWork?

  /// Whether the inputs are parts of one buffer, the result, so that nothing is to be done.
  var isConcatenation: Bool { get }

  /// Whether results at a network's end stay float32 in any precision: such operations are cheap, and
  /// classes are separated there. False by default.
  var mayEndInFloat: Bool { get }
}

extension GraphOperation {
  var parameters: [Parameter] { [] }
  var isConcatenation: Bool { false }
  var mayEndInFloat: Bool { false }
  func work(_ inputs: [FeatureShape]) -> LayerWork? { nil }
}

/// What a layer costs at least, see `NetworkBound`.
struct LayerWork {
  /// Multiplications and additions for one image.
  let operations: Double
  /// Bytes of weights that a batch reads.
  let weightBytes: Double
}

/// An operation without parameters in float32 alone, computed in one way on tapes and in inference:
/// those of G, whose images are to keep all their digits.
protocol FloatOperation: GraphOperation {
  /// With its article, for errors.
  var name: String { get }

  /// Computes a batch of shapes that fit. Views may be channels of larger buffers; the output
  /// overlaps no input.
  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext)
}

extension FloatOperation {
  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep {
    try FloatStep(name, type) { compute($0, into: $1, $2) }
  }

  /// The result `[N, H, W, C]` for tensors `[N, H, W, C]` or, of any other rank, vectors.
  ///
  /// - Parameter buffers: where its memory comes from; `nil` for the system.
  /// - Throws: `UserError` when the shapes do not fit.
  func result(
    of inputs: [Tensor], from buffers: BufferPool? = nil, _ context: ComputeContext
  ) throws -> Tensor {
    let views = inputs.map(\.activations)
    let shape = try shape(views.map(\.features))
    guard let batch = views.first?.batch, views.allSatisfy({ $0.batch == batch }) else {
      throw UserError(
        "\(name) does not take \(inputs.map { "\($0.shape)" }.joined(separator: " and "))")
    }
    let memory = AlignedBuffer(uninitialized: batch * shape.count, from: buffers)
    let result = Tensor([batch] + shape.extents, storage: memory)
    withExtendedLifetime(inputs) { compute(views, into: result.activations, context) }
    return result
  }
}

/// One that tapes differentiate as well, so that networks find it as a method of `Computation`.
protocol DifferentiableOperation: FloatOperation {
  /// What adds the gradients of the inputs, from that of the result: it captures the slots and tensors that
  /// it needs. `nil` where the result counts as a constant.
  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward?
}

/// An operation on its way from a network to what it runs on. The methods of `Computation` make it.
public struct NetworkOperation {
  let operation: any DifferentiableOperation
}

extension Computation {
  func apply(_ operation: any DifferentiableOperation, _ inputs: Value...) throws -> Value {
    try apply(NetworkOperation(operation: operation), to: inputs)
  }
}

extension Tape {
  /// Computes and records an operation.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func apply(_ network: NetworkOperation, to inputs: [Variable]) throws -> Variable {
    let value = try compute(network.operation, inputs.map(\.value))
    guard let backward = network.operation.backward(inputs, on: self) else {
      return constant(value)
    }
    return record(value, from: inputs, backward)
  }
}

extension InferenceGraph {
  /// Writes an operation down.
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func apply(_ network: NetworkOperation, to inputs: [Value]) throws -> Value {
    try append(
      network.operation, to: network.operation.isConcatenation ? separate(inputs) : inputs)
  }
}

/// Where steps get their weights from, and the back end that packs them.
struct Packing {
  let weights: NetworkWeights
  let backend: any Backend
}

/// An operation that is ready to run.
protocol InferenceStep: Sendable {
  /// Bytes of packed weights that it reads whole for every call; none by default.
  var weightBytes: Int { get }

  /// Whether the parts of a concatenation may be its inputs instead; `false` by default.
  var readsParts: Bool { get }

  /// Computes the images of the views.
  ///
  /// - Throws: `UserError` when the back end's library fails.
  func run(_ views: StepViews, _ context: ComputeContext) throws
}

extension InferenceStep {
  var weightBytes: Int { 0 }
  var readsParts: Bool { false }
}

/// The input, a concatenation, whose parts are written in place, or what a later step makes, too.
struct NoStep: InferenceStep {
  func run(_ views: StepViews, _ context: ComputeContext) {}
}

/// A step in float32 alone, made of a function of its views.
struct FloatStep: InferenceStep {
  typealias Compute = @Sendable ([ActivationView], ActivationView, ComputeContext) -> Void

  private let compute: Compute

  /// - Parameters:
  ///   - operation: its name in the error.
  ///   - compute: gets inputs, output and context.
  /// - Throws: `UserError` for another precision.
  init<Element: ActivationElement>(
    _ operation: String, _ type: Element.Type, _ compute: @escaping Compute
  ) throws {
    guard type.precision == .float32 else {
      throw UserError(
        "\(operation) is computed in float32 only", remedy: "use --precision float32")
    }
    self.compute = compute
  }

  func run(_ views: StepViews, _ context: ComputeContext) {
    let inputs = views.node.inputs.indices.map { views.input($0, as: Float.self) }
    compute(inputs, views.output(as: Float.self), context)
  }
}

/// A step of one input, each end of which may be float32 in any precision (`mayEndInFloat`).
protocol MixedStep<Element>: InferenceStep {
  associatedtype Element: ActivationElement

  func run<Input: ActivationElement, Output: ActivationElement>(
    _ input: Activations<Input>, into output: Activations<Output>, _ context: ComputeContext)
}

extension MixedStep {
  func run(_ views: StepViews, _ context: ComputeContext) {
    switch (views.isFloat(views.node.inputs[0]), views.isFloat(views.index)) {
    case (true, _):
      run(views.input(as: Float.self), into: views.output(as: Float.self), context)
    case (false, true):
      run(views.input(as: Element.self), into: views.output(as: Float.self), context)
    case (false, false):
      run(views.input(as: Element.self), into: views.output(as: Element.self), context)
    }
  }
}

/// What a step reads and writes in one run.
struct StepViews {
  let plan: InferencePlan
  let memory: InferencePlan.Memory
  let node: InferenceGraph.Node
  let index: Int
  /// Whether a value is float32 whatever the precision is.
  let isFloat: (Int) -> Bool

  /// An input's images, whose elements must be of the type.
  func input<Element>(_ place: Int = 0, as type: Element.Type) -> Activations<Element> {
    plan.view(node.inputs[place], in: memory, of: type)
  }

  /// Where the images of the result go.
  func output<Element>(as type: Element.Type) -> Activations<Element> {
    plan.view(index, in: memory, of: type)
  }

  /// What is added to the result, if anything.
  func residual<Element>(as type: Element.Type) -> Activations<Element>? {
    // Not `map`: optimised by Swift 6.3 it gives a residual where there is none.
    guard let residual = node.residual else { return nil }
    return plan.view(residual, in: memory, of: type)
  }
}
