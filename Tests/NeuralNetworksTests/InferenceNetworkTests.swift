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

  private func run(_ graph: LiteralGraph, _ images: Tensor, threads: Int = 2) throws -> Tensor {
    try graph.network(OpenBLASBackend(), context: ComputeContext(threads: threads))(images)[0]
  }

  @Test("residuals that are read again survive, those that are not are written over")
  func residuals() throws {
    // y = x + x; z = y + y; w = z + y + … with identities: values stay exact.
    let graph = try LiteralGraph(1, 2, channels: 2)
    let one = identity(2)
    let x = try graph.convolution(graph.input, weights: one, bias: nil, relu: false)
    let y = try graph.convolution(x, weights: one, bias: nil, relu: false, adding: x)
    let z = try graph.convolution(y, weights: one, bias: nil, relu: false, adding: y)
    let w = try graph.convolution(z, weights: one, bias: Tensor([0, 1]), relu: false, adding: y)
    try graph.convolution(w, weights: one, bias: nil, relu: false, adding: z)
    let images = try #require(Tensor([1, 2, 3, -4], shape: [1, 1, 2, 2]))
    // x = i, y = 2i, z = 4i, w = 6i + b, out = 10i + b.
    #expect(try run(graph, images).elements == [10, 21, 30, -39])
  }

  /// 1, 2 and 8 groups that are computed together, and groups too many to be.
  @Test(
    "a convolution in groups is that of each group's channels", arguments: EngineName.inThisBuild,
    [(64, 2, 1), (64, 16, 2), (48, 3, 1), (8, 8, 1)])
  func groups(engine: EngineName, shape: (channels: Int, groups: Int, stride: Int)) throws {
    let (channels, groups, stride) = shape
    let own = channels / groups
    var random = RandomStream(seed: 7, purpose: "groups")
    func noise(_ shape: [Int]) -> Tensor {
      Tensor(shape) { for index in $0.indices { $0[index] = Float(random.uniform(in: -1...1)) } }
    }
    let (weights, bias) = (noise([channels, own, 3, 3]), noise([channels]))
    let images = noise([3, 6, 6, channels])
    func graph(_ weights: Tensor, groups: Int) throws -> LiteralGraph {
      let graph = try LiteralGraph(6, 6, channels: channels)
      let x = graph.input
      try graph.convolution(
        x, weights: weights, bias: bias, stride: stride, padding: 1, groups: groups, relu: true,
        adding: stride == 1 ? x : nil)
      return graph
    }
    // The same filters as one group, with zeros for the channels of others.
    var dense = Tensor(zeros: [channels, channels, 3, 3])
    for out in 0..<channels {
      for c in 0..<own {
        for tap in 0..<9 {
          dense[(out * channels + out / own * own + c) * 9 + tap] =
            weights[(out * own + c) * 9 + tap]
        }
      }
    }
    let context = ComputeContext(threads: 2)
    let found = try graph(weights, groups: groups)
      .network(engine.makeBackend(), context: context)(images)[0]
    let expected = try graph(dense, groups: 1)
      .network(OpenBLASBackend(), context: context)(images)[0]
    #expect(found.shape == expected.shape)
    let error = zip(found.elements, expected.elements).map { abs($0 - $1) }.max()
    #expect(try #require(error) < 1e-3)
  }

  @Test("parts of a concatenation land side by side")
  func concatenation() throws {
    let graph = try LiteralGraph(2, 2, channels: 2)
    let one = identity(2)
    let a = try graph.convolution(graph.input, weights: one, bias: nil, relu: true)
    let b = try graph.convolution(a, weights: one, bias: Tensor([10, 20]), relu: false)
    let both = try graph.concatenation([a, b])
    try graph.maxPool(both, size: 2, stride: 2)
    let images = try #require(Tensor([1, -2, 3, 4, 5, -6, -7, 8], shape: [1, 2, 2, 2]))
    let output = try run(graph, images)
    #expect(output.shape == [1, 1, 1, 4])
    #expect(output.elements == [5, 8, 15, 28])
  }

  /// Where something else reads the concatenation, too, it is stored; else its parts are read where they lie.
  @Test(
    "a convolution reads the parts of a concatenation as it reads the whole",
    arguments: EngineName.inThisBuild, [1, 2])
  func partsOfConcatenation(engine: EngineName, stride: Int) throws {
    var random = RandomStream(seed: 8, purpose: "parts")
    func noise(_ shape: [Int]) -> Tensor {
      Tensor(shape) { for index in $0.indices { $0[index] = Float(random.uniform(in: -1...1)) } }
    }
    let (first, second) = (noise([16, 3, 1, 1]), noise([32, 16, 1, 1]))
    let (weights, images) = (noise([16, 48, 3, 3]), noise([3, 17, 30, 3]))
    func result(storing: Bool, _ precision: Precision) throws -> [Float] {
      let graph = try LiteralGraph(17, 30, channels: 3)
      let a = try graph.convolution(graph.input, weights: first, bias: nil, relu: true)
      let b = try graph.convolution(a, weights: second, bias: nil, relu: true)
      let both = try graph.concatenation([a, b])
      let (read, count) = storing ? (both, 48) : (a, 16)
      let zeros = try graph.convolution(
        read, weights: Tensor(zeros: [16, count, 1, 1]), bias: nil, stride: stride, relu: false)
      try graph.convolution(
        both, weights: weights, bias: nil, stride: stride, padding: 1, relu: false, adding: zeros)
      return try graph.network(
        engine.makeBackend(), precision: precision, context: ComputeContext(threads: 2))(images)[0]
        .elements
    }
    let isNarrow = engine != .openblas && EngineName.computesBfloat16
    for precision in [Precision.float32] + (isNarrow ? [.bfloat16] : []) {
      let parts = try result(storing: false, precision)
      #expect(try parts == result(storing: true, precision))
      #expect(parts.contains { $0 != 0 })
    }
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
    let graph = try LiteralGraph(3, 3, channels: 1)
    try graph.maxPool(graph.input, size: 3, stride: 2, padding: 1)
    let images = try #require(
      Tensor([-1, -2, -3, -4, -5, -6, -7, -8, .nan], shape: [1, 3, 3, 1]))
    let output = try run(graph, images).elements
    #expect(Array(output.prefix(3)) == [-1, -2, -4])
    #expect(output[3].isNaN)
  }

  @Test("NaN wins a window of max pooling wherever it is", arguments: [1, 16, 17], 0..<4)
  func poolingNaN(channels: Int, place: Int) throws {
    let graph = try LiteralGraph(2, 2, channels: channels)
    try graph.maxPool(graph.input, size: 2, stride: 2, padding: 0)
    var values = (0..<4 * channels).map { Float($0 % 7) }
    for channel in 0..<channels { values[place * channels + channel] = .nan }
    let images = try #require(Tensor(values, shape: [1, 2, 2, channels]))
    #expect(try run(graph, images).elements.allSatisfy(\.isNaN))
  }

  @Test("adaptive average pooling shares pixels between windows as PyTorch does")
  func averagePooling() throws {
    let graph = try LiteralGraph(2, 3, channels: 1)
    try graph.averagePool(graph.input, toHeight: 1, width: 2)
    let images = try #require(Tensor([1, 2, 3, 4, 5, 6], shape: [1, 2, 3, 1]))
    // Windows of width 2 overlap in the middle column.
    #expect(try run(graph, images).elements == [3, 4])
  }

  @Test("linear reads height, width, channels in this order")
  func linear() throws {
    let graph = try LiteralGraph(1, 2, channels: 2)
    let weights = try #require(Tensor([1, 2, 3, 4, 0, 0, 0, -1], shape: [2, 4]))
    try graph.linear(graph.input, weights: weights, bias: Tensor([0.5, 1]), relu: true)
    let images = try #require(Tensor([1, 1, 1, 1, 2, 0, 0, 1], shape: [2, 1, 2, 2]))
    #expect(try run(graph, images).elements == [10.5, 0, 6.5, 0])
  }

  @Test(
    "an image's linear outputs are the same bits whatever the batch",
    .enabled(if: BLAS.rowsAreIndependent), arguments: [(1000, 500), (17, 1111), (10, 40)])
  func linearIsIndependentOfBatch(out: Int, inner: Int) throws {
    var random = RandomStream(seed: 6, purpose: "linear")
    func noise(_ shape: [Int]) -> Tensor {
      Tensor(shape) { memory in
        for index in 0..<memory.count { memory[index] = Float(random.uniform(in: -1...1)) }
      }
    }
    let graph = try LiteralGraph(1, 1, channels: inner)
    try graph.linear(
      graph.input, weights: noise([out, inner]), bias: noise([out]), relu: false)
    let images = noise([40, 1, 1, inner])
    let whole = try run(graph, images).elements
    for count in [1, 2, 5, 31, 33] {
      let some = try #require(
        Tensor(Array(images.elements.prefix(count * inner)), shape: [count, 1, 1, inner]))
      #expect(try run(graph, some).elements == Array(whole.prefix(count * out)))
    }
  }

  @Test("linear reads channels, height, width where the weights were flattened so")
  func linearOfFlattenedChannelsFirst() throws {
    let graph = try LiteralGraph(1, 2, channels: 2)
    // c0p0, c0p1, c1p0, c1p1.
    let weights = try #require(Tensor([1, 2, 3, 4], shape: [1, 4]))
    try graph.linear(
      graph.input, weights: weights, bias: Tensor([0]), relu: false, flattened: true)
    // p0c0, p0c1, p1c0, p1c1.
    let images = try #require(Tensor([10, 100, 1000, 10000], shape: [1, 1, 2, 2]))
    #expect(try run(graph, images).elements == [10 + 300 + 2000 + 40000])
  }

  /// Every kind of operation, with a residual, a concatenation, a fused and a lone pooling, and
  /// weights that are too heavy to be read image by image.
  private func everything() throws -> LiteralGraph {
    var random = RandomStream(seed: 3, purpose: "network")
    func noise(_ shape: [Int]) -> Tensor {
      let scale = (2 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
      return Tensor(shape) { memory in
        for index in 0..<memory.count {
          memory[index] = Float(random.uniform(in: -scale...scale))
        }
      }
    }
    let graph = try LiteralGraph(36, 28, channels: 3)
    var x = try graph.convolution(
      graph.input, weights: noise([32, 3, 3, 3]), bias: noise([32]), padding: 1, relu: true)
    x = try graph.maxPool(x, size: 2, stride: 2)
    let y = try graph.convolution(
      x, weights: noise([32, 32, 3, 3]), bias: noise([32]), padding: 1, relu: true)
    x = try graph.convolution(y, weights: noise([32, 32, 1, 1]), bias: nil, relu: true, adding: x)
    let a = try graph.convolution(x, weights: noise([64, 32, 1, 1]), bias: nil, relu: true)
    let b = try graph.convolution(
      x, weights: noise([64, 32, 3, 3]), bias: nil, padding: 1, relu: true)
    x = try graph.concatenation([a, b])
    x = try graph.maxPool(x, size: 3, stride: 2, padding: 1)
    x = try graph.convolution(
      x, weights: noise([128, 128, 3, 3]), bias: nil, padding: 1, relu: true)
    x = try graph.averagePool(x, toHeight: 2, width: 2)
    try graph.linear(
      x, weights: noise([10, 512]), bias: noise([10]), relu: false, flattened: true)
    return graph
  }

  private func images(_ count: Int) -> Tensor {
    var random = RandomStream(seed: 4, purpose: "images")
    return Tensor([count, 36, 28, 3]) { memory in
      for index in 0..<memory.count { memory[index] = Float(random.uniform(in: -2...2)) }
    }
  }

  /// 1.1 MB of weights, for which an image's activations are 1 MB: a batch in passes of at most nine images.
  @Test("a whole batch in passes is what each image is, also of values that are asked for")
  func passes() throws {
    var random = RandomStream(seed: 9, purpose: "passes")
    // Whole numbers, whose sums are exact in any order.
    func noise(_ shape: [Int]) -> Tensor {
      Tensor(shape) {
        for index in $0.indices { $0[index] = Float(random.uniform(in: -3...3)).rounded() }
      }
    }
    let graph = InferenceGraph(FeatureShape(height: 12, width: 12, channels: 512))
    let weights = noise([544, 512, 1, 1])
    let all = try graph.convolution(
      graph.input, weight: Parameter("w", weights.shape, initial: .constant(0)), bias: nil,
      stride: 1, padding: 0, relu: false)
    let pooled = try graph.maxPool(all, Pooling(size: 2, stride: 2))
    let network = try InferenceNetwork(
      graph, outputs: [all, pooled], weights: NetworkWeights("the test") { _ in weights },
      backend: OpenBLASBackend(), context: ComputeContext(threads: 2))
    let images = (0..<20).map { _ in noise([1, 12, 12, 512]) }
    let whole = try network(parts: images).map(\.elements)
    let single = try images.map { try network($0).map(\.elements) }
    for output in 0..<2 { #expect(whole[output] == single.flatMap { $0[output] }) }
  }

  /// Light weights, after which the network is cut, a block of heavy ones around a residual, and another layer. The
  /// block's results may lie where the value at the cut was, unless that is asked for.
  @Test("a value at the cut is there for as long as anybody reads it", arguments: [false, true])
  func cutValue(isWanted: Bool) throws {
    let graph = InferenceGraph(FeatureShape(height: 12, width: 12, channels: 64))
    var weights: [String: Tensor] = [:]
    func convolution(_ x: InferenceGraph.Value, to out: Int) throws -> InferenceGraph.Value {
      let shape = [out, x.shape.channels, 1, 1]
      let name = "w\(weights.count)"
      // Four of each filter, so that sums are exact in any order.
      let step = shape[1] / 4
      weights[name] = Tensor(shape) {
        for index in $0.indices {
          let (filter, channel) = (index / shape[1], index % shape[1])
          $0[index] = (channel + 7 * filter) % step == 0 ? (filter % 2 == 0 ? 1 : -1) : 0
        }
      }
      return try graph.convolution(
        x, weight: Parameter(name, shape, initial: .constant(0)), bias: nil, stride: 1, padding: 0,
        relu: false)
    }
    let cut = try convolution(graph.input, to: 544)
    let inner = try convolution(convolution(cut, to: 544), to: 544)
    let block = try graph.add(inner, cut, relu: true)
    let end = try convolution(convolution(block, to: 544), to: 544)
    let network = try InferenceNetwork(
      graph, outputs: isWanted ? [cut, end] : [end],
      weights: NetworkWeights("the test", handedOver: weights), backend: OpenBLASBackend(),
      context: ComputeContext(threads: 2))
    var random = RandomStream(seed: 11, purpose: "images")
    let images = (0..<20).map { _ in
      Tensor([1, 12, 12, 64]) {
        for index in $0.indices { $0[index] = Float(random.uniform(in: -3...3)).rounded() }
      }
    }
    let whole = try network(parts: images).map(\.elements)
    let single = try images.map { try network($0).map(\.elements) }
    #expect(whole.allSatisfy { $0.contains { $0 != 0 } })
    for output in whole.indices { #expect(whole[output] == single.flatMap { $0[output] }) }
  }

  // Fewer images than parts are computed layer by layer, others image by image up to the heavy weights.
  @Test(
    "a batch's bits are the same for any number of threads", arguments: EngineName.inThisBuild,
    [5, 11])
  func threads(engine: EngineName, count: Int) throws {
    let graph = try everything()
    let batch = images(count)
    func run(_ threads: Int, _ images: Tensor) throws -> [Float] {
      try graph.network(engine.makeBackend(), context: ComputeContext(threads: threads))(images)[0]
        .elements
    }
    let whole = try run(8, batch)
    #expect(whole.count == 10 * count)
    for threads in [1, 2, 3, 5, 12] {
      #expect(try run(threads, batch) == whole, "threads \(threads)")
    }
    // Other neighbours in the batch change the last bits at most, where products allow it none.
    let first = try #require(
      Tensor(Array(batch.elements.prefix(2 * 36 * 28 * 3)), shape: [2, 36, 28, 3]))
    let pair = try run(2, first)
    let worst = zip(pair, whole).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < 1e-5)
    #expect(!BLAS.rowsAreIndependent || pair == Array(whole.prefix(20)))
  }

  @Test("bfloat16 keeps close to float32 through all operations")
  func bfloat16() throws {
    guard EngineName.computesBfloat16 else { return }
    let graph = try everything()
    let batch = images(3)
    func run(_ precision: Precision, threads: Int) throws -> [Float] {
      try graph.network(
        AutoBackend(), precision: precision, context: ComputeContext(threads: threads))(batch)[0]
        .elements
    }
    let exact = try run(.float32, threads: 2)
    let size = (exact.map { $0 * $0 }.reduce(0, +) / Float(exact.count)).squareRoot()
    for threads in [2, 8] {
      let errors = zip(try run(.bfloat16, threads: threads), exact).map { ($0 - $1) / size }
      let worst = errors.map(abs).max() ?? .infinity
      #expect(worst > 0 && worst < 0.03, "threads \(threads)")
    }
  }

  @Test("a network that ends in bfloat16 gives its result in float32")
  func narrowEnd() throws {
    guard EngineName.inThisBuild.contains(.onednn) else { return }
    let graph = try LiteralGraph(2, 2, channels: 1)
    try graph.maxPool(graph.input, size: 2, stride: 2)
    let network = try graph.network(
      AutoBackend(), precision: .bfloat16, context: ComputeContext(threads: 2))
    let result = try network(try #require(Tensor([1, 2, 3, 1.00390625], shape: [1, 2, 2, 1])))[0]
    #expect(result.elements == [3])
    let odd = try network(try #require(Tensor([-1, -1, -1, 1.01], shape: [1, 2, 2, 1])))[0]
    #expect(odd.elements == [1.0078125])
  }

  @Test("a transposed convolution fills 2×2 blocks, beside others in a concatenation")
  func transposed() throws {
    var random = RandomStream(seed: 6, purpose: "transposed")
    func noise(_ shape: [Int]) -> Tensor {
      Tensor(shape) { memory in
        for index in 0..<memory.count { memory[index] = Float(random.uniform(in: -1...1)) }
      }
    }
    let (inner, out) = (5, 18)
    let weights = noise([inner, out, 2, 2])
    let bias = noise([out])
    let images = noise([2, 3, 4, inner])
    let graph = try LiteralGraph(3, 4, channels: inner)
    let up = try graph.transposedConvolution2x2(graph.input, weights: weights, bias: bias)
    let twice = try graph.transposedConvolution2x2(
      graph.input, weights: weights, bias: Tensor(zeros: [out]))
    try graph.concatenation([twice, up])
    let result = try run(graph, images)
    #expect(result.shape == [2, 6, 8, 2 * out])
    var worst: Float = 0
    for (n, y, x, o) in [(0, 0, 0, 0), (0, 5, 7, 17), (1, 3, 2, 9), (1, 4, 5, 16), (0, 2, 3, 1)] {
      var sum: Float = 0
      for c in 0..<inner {
        sum +=
          images[((n * 3 + y / 2) * 4 + x / 2) * inner + c]
          * weights[((c * out + o) * 2 + y % 2) * 2 + x % 2]
      }
      let at = ((n * 6 + y) * 8 + x) * 2 * out + o
      worst = max(worst, abs(result[at] - sum), abs(result[at + out] - sum - bias[o]))
    }
    #expect(worst < 1e-5)
  }

  @Test("images of another shape are an error")
  func wrongShape() throws {
    let graph = try LiteralGraph(4, 4, channels: 3)
    #expect(throws: UserError.self) { try run(graph, Tensor(zeros: [1, 4, 4, 1])) }
    #expect(throws: UserError.self) { try run(graph, Tensor(zeros: [4, 4, 3])) }
  }
}
