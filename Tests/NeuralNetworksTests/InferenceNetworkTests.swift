import NeuralNetworks
import Support
import Tensors
import Testing

@Suite("Inference network")
struct InferenceNetworkTests {
  private func identity(_ channels: Int) -> Tensor {
    var weights = Tensor(zeros: [channels, channels, 1, 1])
    for channel in 0..<channels { weights[channel * channels + channel] = 1 }
    return weights
  }

  private func run(_ graph: InferenceGraph, _ images: Tensor, threads: Int = 2) throws -> Tensor {
    try InferenceNetwork(
      graph, engine: try OpenBLASEngine(), context: ComputeContext(threads: threads))(images)
  }

  @Test("residuals that are read again survive, those that are not are written over")
  func residuals() throws {
    // y = x + x; z = y + y; w = z + y + … with identities: values stay exact.
    let graph = InferenceGraph(inputChannels: 2)
    let one = identity(2)
    let x = graph.convolution(graph.input, weights: one, bias: nil, relu: false)
    let y = graph.convolution(x, weights: one, bias: nil, relu: false, adding: x)
    let z = graph.convolution(y, weights: one, bias: nil, relu: false, adding: y)
    let w = graph.convolution(z, weights: one, bias: Tensor([0, 1]), relu: false, adding: y)
    _ = graph.convolution(w, weights: one, bias: nil, relu: false, adding: z)
    let images = try #require(Tensor([1, 2, 3, -4], shape: [1, 1, 2, 2]))
    // x = i, y = 2i, z = 4i, w = 6i + b, out = 10i + b.
    #expect(try run(graph, images).elements == [10, 21, 30, -39])
  }

  @Test("parts of a concatenation land side by side")
  func concatenation() throws {
    let graph = InferenceGraph(inputChannels: 2)
    let one = identity(2)
    let a = graph.convolution(graph.input, weights: one, bias: nil, relu: true)
    let b = graph.convolution(a, weights: one, bias: Tensor([10, 20]), relu: false)
    let both = graph.concatenation([a, b])
    _ = graph.maxPool(both, size: 2, stride: 2)
    let images = try #require(Tensor([1, -2, 3, 4, 5, -6, -7, 8], shape: [1, 2, 2, 2]))
    let output = try run(graph, images)
    #expect(output.shape == [1, 1, 1, 4])
    #expect(output.elements == [5, 8, 15, 28])
  }

  @Test("max pooling counts its windows as PyTorch does")
  func poolingLengths() {
    #expect(Pooling(size: 3, stride: 2, padding: 0, ceilMode: true).outputLength(111) == 55)
    #expect(Pooling(size: 3, stride: 2, padding: 0, ceilMode: true).outputLength(55) == 27)
    #expect(Pooling(size: 3, stride: 2, padding: 0, ceilMode: true).outputLength(6) == 3)
    #expect(Pooling(size: 3, stride: 2, padding: 0, ceilMode: false).outputLength(6) == 2)
    #expect(Pooling(size: 3, stride: 2, padding: 1, ceilMode: false).outputLength(112) == 56)
    #expect(Pooling(size: 2, stride: 2, padding: 1, ceilMode: true).outputLength(3) == 2)
    #expect(Pooling(size: 2, stride: 2, padding: 0, ceilMode: false).outputLength(224) == 112)
  }

  @Test("max pooling ignores its padding and keeps negative numbers and NaN")
  func poolingValues() throws {
    let graph = InferenceGraph(inputChannels: 1)
    _ = graph.maxPool(graph.input, size: 3, stride: 2, padding: 1)
    let images = try #require(
      Tensor([-1, -2, -3, -4, -5, -6, -7, -8, .nan], shape: [1, 3, 3, 1]))
    let output = try run(graph, images).elements
    #expect(Array(output.prefix(3)) == [-1, -2, -4])
    #expect(output[3].isNaN)
  }

  @Test("adaptive average pooling shares pixels between windows as PyTorch does")
  func averagePooling() throws {
    let graph = InferenceGraph(inputChannels: 1)
    _ = graph.averagePool(graph.input, toHeight: 1, width: 2)
    let images = try #require(Tensor([1, 2, 3, 4, 5, 6], shape: [1, 2, 3, 1]))
    // Windows of width 2 overlap in the middle column.
    #expect(try run(graph, images).elements == [3, 4])
  }

  @Test("linear reads height, width, channels in this order")
  func linear() throws {
    let graph = InferenceGraph(inputChannels: 2)
    let weights = try #require(Tensor([1, 2, 3, 4, 0, 0, 0, -1], shape: [2, 4]))
    _ = graph.linear(graph.input, weights: weights, bias: Tensor([0.5, 1]), relu: true)
    let images = try #require(Tensor([1, 1, 1, 1, 2, 0, 0, 1], shape: [2, 1, 2, 2]))
    #expect(try run(graph, images).elements == [10.5, 0, 6.5, 0])
  }

  @Test("images of another shape are an error")
  func wrongShape() throws {
    let graph = InferenceGraph(inputChannels: 3)
    #expect(throws: UserError.self) { try run(graph, Tensor(zeros: [1, 4, 4, 1])) }
    #expect(throws: UserError.self) { try run(graph, Tensor(zeros: [4, 4, 3])) }
  }
}
