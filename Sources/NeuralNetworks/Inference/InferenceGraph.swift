import Support

/// A network as a list of operations: what is computed from what, without weights, memory or engine.
/// Its parameters, shapes, sizes and costs follow from it; `InferenceNetwork` optimises, packs and
/// runs it.
///
/// ```swift
/// let graph = InferenceGraph(FeatureShape(height: 224, width: 224, channels: 3))
/// let x = try Conv2d("conv1", out: 64, kernel: 7, stride: 2, padding: 3)(graph.input, on: graph)
/// ```
public final class InferenceGraph: Computation {
  /// The activations that an operation produces.
  public struct Value: Hashable, Sendable {
    let index: Int
    /// Of each image, for inputs of the size that the graph is made for.
    public let shape: FeatureShape
  }

  /// An operation and what it reads.
  struct Node: Sendable {
    var operation: any GraphOperation
    /// The values that it reads; of a concatenation, or of what reads its parts instead, the parts.
    var inputs: [Int]
    /// A value that is added to the result, read like the inputs.
    var residual: Int?
    let shape: FeatureShape
    /// Whether it is in a part that is computed in the precision which was asked for, see `autocast`.
    var isNarrowed = false
    /// Whether the value is never stored, since the one operation that reads it makes it, too.
    var isFused = false

    /// Inputs and residual.
    var reads: [Int] { inputs + (residual.map { [$0] } ?? []) }
  }

  private(set) var nodes: [Node]
  /// The images, `[N, H, W, C]`.
  public let input: Value

  /// - Parameter input: the images that engines are to prepare for; other sizes are computed as well,
  ///   if more slowly, where no layer asks for this one.
  public init(_ input: FeatureShape) {
    nodes = [Node(operation: GraphInput(), inputs: [], shape: input)]
    self.input = Value(index: 0, shape: input)
  }

  /// Every parameter in the order in which the network declares it, each once.
  public var parameters: [Parameter] {
    var seen: Set<String> = []
    return nodes.flatMap(\.operation.parameters).filter { seen.insert($0.name).inserted }
  }

  /// The extents of one image of a value.
  public func shape(of x: Value) -> FeatureShape { x.shape }

  /// The declaration itself: `InferenceNetwork` looks its value up.
  public func use(_ parameter: Parameter) -> Parameter { parameter }

  /// Adds an operation.
  ///
  /// - Throws: `UserError` when the inputs do not fit.
  func append(_ operation: any GraphOperation, to inputs: [Value]) throws -> Value {
    let shape = try operation.shape(inputs.map(\.shape))
    let value = Value(index: nodes.count, shape: shape)
    var node = Node(operation: operation, inputs: inputs.map(\.index), shape: shape)
    node.isNarrowed = try isNarrowed(node)
    nodes.append(node)
    return value
  }

  /// Whether a new node belongs to a part in reduced precision.
  ///
  /// - Throws: `UserError` when one input does, and another does not.
  private func isNarrowed(_ node: Node) throws -> Bool {
    if let cast = node.operation as? CastOperation { return cast.direction == .narrow }
    let narrowed = node.inputs.filter { nodes[$0].isNarrowed }
    guard narrowed.isEmpty || narrowed.count == node.inputs.count else {
      throw UserError("an operation that reads values within and outside of reduced precision")
    }
    return !narrowed.isEmpty
  }
}

/// The images.
struct GraphInput: GraphOperation {
  func shape(_ inputs: [FeatureShape]) -> FeatureShape { inputs[0] }
  func function(of inputs: [FeatureShape]) -> GraphFunction { .input }
  func step<Element: ActivationElement>(
    _ inputs: [FeatureShape], _ packing: Packing, of type: Element.Type
  ) -> any InferenceStep { NoStep() }
}

extension [InferenceGraph.Node] {
  /// The shape of every value for images of one shape.
  ///
  /// - Throws: `UserError` when they do not fit.
  func shapes(_ images: FeatureShape) throws -> [FeatureShape] {
    var shapes: [FeatureShape] = []
    for node in self {
      // A value that is never stored has no shape that anybody asks for.
      guard !node.isFused else {
        shapes.append(node.shape)
        continue
      }
      shapes.append(
        try node.operation.shape(
          node.inputs.isEmpty ? [images] : node.inputs.map { shapes[$0] }))
    }
    return shapes
  }

  /// Whether one operation alone reads a value, once, and it is not the last.
  func isReadOnce(_ value: Int) -> Bool {
    value < count - 1 && reduce(0) { $0 + $1.reads.count { $0 == value } } == 1
  }

  /// Whether everything after a value follows from it alone, so that a network may be cut there.
  func mayBeCut(after value: Int) -> Bool {
    self[(value + 1)...].allSatisfy { node in
      node.reads.allSatisfy { $0 >= value }
        && !(node.operation.isConcatenation && node.inputs.contains(value))
    }
  }
}

/// A convolution within a network: its geometry and the size of its input.
public struct ConvolutionInstance: Hashable, Sendable {
  /// Channels, kernel, stride and padding.
  public let geometry: ConvolutionGeometry
  /// Of the input, in pixels.
  public let height: Int
  /// Of the input, in pixels.
  public let width: Int
}

extension InferenceGraph {
  /// All convolutions, in order, with the size of their inputs.
  public var convolutions: [ConvolutionInstance] {
    nodes.compactMap { node in
      guard let operation = node.operation as? ConvolutionOperation else { return nil }
      let input = nodes[node.inputs[0]].shape
      return ConvolutionInstance(
        geometry: operation.geometry, height: input.height, width: input.width)
    }
  }
}
