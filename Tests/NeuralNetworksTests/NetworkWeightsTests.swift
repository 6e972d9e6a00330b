import NeuralNetworks
import Synchronization
import Tensors
import Testing

@Suite("Weights of a network")
struct NetworkWeightsTests {
  @Test("what is handed over is let go of once all that read it are packed, and not before")
  func handedOver() throws {
    // Two convolutions with weights of their own and one bias.
    let first = Tensor([4, 3, 3, 3]) { $0.update(repeating: 0.5) }
    var values = [
      "first": first, "second": Tensor([4, 4, 3, 3]) { $0.update(repeating: 0.25) },
      "bias": Tensor([4]) { $0.update(repeating: 1) },
    ]
    let graph = InferenceGraph(FeatureShape(height: 8, width: 8, channels: 3))
    let bias = Parameter("bias", [4], initial: .constant(0))
    func convolution(_ x: InferenceGraph.Value, _ name: String, in channels: Int) throws
      -> InferenceGraph.Value
    {
      try graph.convolution(
        x, weight: Parameter(name, [4, channels, 3, 3], initial: .constant(0)), bias: bias,
        stride: 1, padding: 1, relu: true)
    }
    let output = try convolution(
      convolution(graph.input, "first", in: 3), "second", in: 4)
    let context = ComputeContext(threads: 1)
    let (kept, images) = (values, Tensor([1, 8, 8, 3]) { $0.update(repeating: 1) })
    let expected = try InferenceNetwork(
      graph, outputs: [output], weights: NetworkWeights("the test") { kept[$0] },
      backend: OpenBLASBackend(), context: context)(images)[0].elements

    // A copy, whose one owner is the dictionary.
    values["first"] = Tensor(first.elements, shape: first.shape)
    let watch = Watch(storage: values["first"]?.storage)
    let network = try InferenceNetwork(
      graph, outputs: [output], weights: NetworkWeights("the test", handedOver: consume values),
      backend: try WatchingBackend(watch: watch), context: context)
    #expect(watch.present.withLock { $0 } == [true, false])
    #expect(try network(images)[0].elements == expected)
  }

  /// Whether memory is in use, told whenever a convolution is packed.
  private final class Watch: Sendable {
    let present = Mutex<[Bool]>([])
    private let isInUse: @Sendable () -> Bool

    init(storage: AlignedBuffer?) {
      isInUse = { [weak storage] in storage != nil }
    }

    func look() {
      let isThere = isInUse()
      present.withLock { $0.append(isThere) }
    }
  }

  private struct WatchingBackend: Backend {
    let watch: Watch
    private let backend: OpenBLASBackend

    init(watch: Watch) throws {
      self.watch = watch
      backend = try OpenBLASBackend()
    }

    var name: String { backend.name }
    var versions: String { backend.versions }

    func support(for operation: BackendOperation) throws -> NeuralNetworks.Support {
      backend.support(for: operation)
    }

    func pack<Element: ActivationElement>(
      _ request: ConvolutionRequest, of type: Element.Type
    ) throws -> any Convolution<Element> {
      watch.look()
      return try backend.pack(request, of: type)
    }

    func run(_ pass: TrainingPass, context: ComputeContext) throws {
      try backend.run(pass, context: context)
    }
  }
}
