import Support
import Tensors

/// One operator of an `InferenceGraph`: what it makes of shapes, which parameters it has, what it
/// costs, and the step that computes it. A new operator is one file with a type of this kind, a
/// requirement of `Computation`, and its two implementations.
protocol GraphOperation: Sendable {
  /// In PyTorch's order; none by default.
  var parameters: [Parameter] { get }

  /// The shape of one image's result.
  ///
  /// - Throws: `UserError` when the inputs do not fit.
  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape

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

/// Where steps get their weights from, and the back end that packs them.
struct Packing {
  let backend: any Backend
  private let weights: NetworkWeights

  init(_ weights: NetworkWeights, backend: any Backend) {
    self.weights = weights
    self.backend = backend
  }

  /// - Throws: `UserError` when it is missing or has another shape.
  subscript(parameter: Parameter) -> Tensor {
    get throws { try weights.value(parameter) }
  }

  /// What to call the weights in errors.
  var name: String { weights.name }
}

/// The values of a network's parameters.
public struct NetworkWeights {
  /// What they are called in errors, e.g. their file.
  public let name: String
  private let lookup: (String) -> Tensor?

  /// - Parameter lookup: a parameter's value by its name.
  public init(_ name: String, _ lookup: @escaping (String) -> Tensor?) {
    self.name = name
    self.lookup = lookup
  }

  /// - Throws: `UserError` when it is missing or has another shape.
  func value(_ parameter: Parameter) throws -> Tensor {
    guard let value = lookup(parameter.name) else {
      throw UserError("\(name): \(parameter.name) is missing")
    }
    guard value.shape == parameter.shape else {
      throw UserError("\(name): \(parameter.name) is \(value.shape), not \(parameter.shape)")
    }
    return value
  }
}

/// An operation that is ready to run.
protocol InferenceStep: Sendable {
  /// Bytes of packed weights that it reads whole for every call; none by default.
  var weightBytes: Int { get }

  /// Computes the images of the views.
  ///
  /// - Throws: `UserError` when the back end's library fails.
  func run(_ views: StepViews, _ context: ComputeContext) throws
}

extension InferenceStep {
  var weightBytes: Int { 0 }
}

/// The input, a concatenation, whose parts are written in place, or what a later step makes, too.
struct NoStep: InferenceStep {
  func run(_ views: StepViews, _ context: ComputeContext) {}
}

/// What a step reads and writes in one run.
struct StepViews {
  let plan: InferencePlan
  let memory: InferencePlan.Memory
  let node: InferenceGraph.Node
  let index: Int
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
    guard let residual = node.residual else { return nil }
    return plan.view(residual, in: memory, of: type)
  }

  /// Whether an input or the result is float32 whatever the precision is.
  func inputIsFloat(_ place: Int = 0) -> Bool { isFloat(node.inputs[place]) }
  var outputIsFloat: Bool { isFloat(index) }
}

/// An operation in float32 alone, given by its functions: those of G, whose images are to keep all
/// their digits.
struct FloatOperation: GraphOperation {
  typealias Compute = @Sendable ([ActivationView], ActivationView, ComputeContext) -> Void

  private let name: String
  private let shape: @Sendable ([FeatureShape]) throws -> FeatureShape
  private let compute: Compute

  /// - Parameters:
  ///   - name: with its article, for errors.
  ///   - shape: the result's shape by those of the inputs.
  ///   - compute: gets inputs, output and context.
  init(
    _ name: String, shape: @escaping @Sendable ([FeatureShape]) throws -> FeatureShape,
    _ compute: @escaping Compute
  ) {
    (self.name, self.shape, self.compute) = (name, shape, compute)
  }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape { try shape(inputs) }

  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) throws -> any InferenceStep { try FloatStep(name, type, compute) }
}

/// A step in float32 alone, made of a function of its views.
struct FloatStep: InferenceStep {
  private let compute: FloatOperation.Compute

  /// - Parameters:
  ///   - operation: its name in the error.
  ///   - compute: gets inputs, output and context.
  /// - Throws: `UserError` for another precision.
  init<Element: ActivationElement>(
    _ operation: String, _ type: Element.Type,
    _ compute: @escaping FloatOperation.Compute
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
