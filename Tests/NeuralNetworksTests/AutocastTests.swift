import NeuralNetworks
import Support
import Tensors
import Testing

@Suite("Autocast")
struct AutocastTests {
  private let graph = InferenceGraph(FeatureShape(height: 1, width: 2, channels: 1))
  /// 1.01 is 1.0078125 in bfloat16, 2 and 3 are themselves.
  private let images: [Float] = [1.01, 2, 3, 1.01]

  /// Copies, in the precision of what it reads.
  private func copy(_ x: InferenceGraph.Value) throws -> InferenceGraph.Value {
    try graph.maxPool(x, Pooling(size: 1, stride: 1))
  }

  private func run(
    _ outputs: [InferenceGraph.Value], _ precision: Precision, threads: Int
  ) throws -> [[Float]] {
    let network = try InferenceNetwork(
      graph, outputs: outputs, weights: NetworkWeights("the test") { _ in nil },
      backend: OpenBLASBackend(), precision: precision, context: ComputeContext(threads: threads))
    return try network(try #require(Tensor(images, shape: [2, 1, 2, 1]))).map(\.elements)
  }

  @Test("what is outside of the part in reduced precision keeps its digits", arguments: [1, 2, 4])
  func mixed(threads: Int) throws {
    let part = try graph.autocast(graph.input, copy)
    let sum = try copy(graph.add(part, graph.input, relu: false))
    let narrow: [Float] = [1.0078125, 2, 3, 1.0078125]
    #expect(
      try run([part, sum], .bfloat16, threads: threads) == [narrow, zip(narrow, images).map(+)])
    #expect(
      try run([part, sum], .float32, threads: threads) == [images, images.map { $0 + $0 }])
  }

  @Test("a part may begin with a concatenation and end in another")
  func concatenations() throws {
    let both = try graph.concatenate([copy(graph.input), copy(graph.input)])
    let part = try graph.autocast(both) { try graph.concatenate([copy($0), copy($0)]) }
    let all = try graph.concatenate([part, copy(graph.input)])
    func expected(_ narrow: [Float]) -> [Float] {
      zip(narrow, images).flatMap { [$0, $0, $0, $0, $1] }
    }
    #expect(
      try run([all], .bfloat16, threads: 2) == [expected([1.0078125, 2, 3, 1.0078125])])
    #expect(try run([all], .float32, threads: 2) == [expected(images)])
  }

  @Test("parts do not nest, and no operation reads across their edge")
  func misuse() throws {
    let narrowed = try graph.narrowed(graph.input)
    #expect(throws: UserError.self) { try graph.narrowed(narrowed) }
    #expect(throws: UserError.self) { try graph.widened(graph.input) }
    #expect(throws: UserError.self) { try graph.add(narrowed, graph.input, relu: false) }
  }
}
