import NeuralNetworks
import Tensors
import Testing

/// Central differences along random directions against the recorded gradients. Where an operation
/// has kinks the step is small, so that few elements cross one.
@Suite("Differentiation: finite differences")
struct DifferentiationFiniteDifferenceTests {
  @Test("convolutions on every engine, each method", arguments: EngineName.available)
  func convolutions(engine: EngineName) throws {
    // Winograd, patches with stride, 1×1, rotated patches.
    let kinds = [(16, 16, 3, 1, 1), (3, 5, 4, 2, 1), (6, 4, 1, 1, 0), (5, 6, 3, 1, 0)]
    for (channels, out, size, stride, padding) in kinds {
      try compare(
        [
          noise([3, 9, 7, channels], seed: 1), noise([out, channels, size, size], seed: 2),
          noise([out], seed: 3),
        ], engine: engine
      ) { tape, v in
        try tape.convolution(
          v[0], weight: v[1], bias: v[2], stride: stride, padding: padding)
      }
    }
  }

  @Test("a convolution in groups, each of its own channels")
  func groups() throws {
    let inputs = [
      noise([3, 5, 4, 6], seed: 1), noise([9, 2, 3, 3], seed: 2), noise([9], seed: 3),
    ]
    try compare(inputs) { tape, v in
      try tape.convolution(v[0], weight: v[1], bias: v[2], padding: 1, groups: 3)
    }
    // The last group's filters see the last group's channels alone.
    let tape = try makeTape()
    let x = inputs[0]
    let last = Tensor([3, 5, 4, 2]) { memory in
      for pixel in 0..<60 { for c in 0..<2 { memory[2 * pixel + c] = x[6 * pixel + 4 + c] } }
    }
    let own = Tensor(Array(inputs[1].elements[108...]), shape: [3, 2, 3, 3])
    let all = try tape.convolution(
      tape.constant(x), weight: tape.constant(inputs[1]), padding: 1, groups: 3)
    let alone = try tape.convolution(
      tape.constant(last), weight: tape.constant(try #require(own)), padding: 1)
    for pixel in 0..<60 {
      for out in 0..<3 {
        #expect(abs(all.value[9 * pixel + 6 + out] - alone.value[3 * pixel + out]) < 1e-5)
      }
    }
  }

  @Test("transposed convolution, linear layer")
  func products() throws {
    try compare([
      noise([2, 3, 4, 5], seed: 1), noise([5, 3, 2, 2], seed: 2), noise([3], seed: 3),
    ]) { try $0.transposedConvolution2x2($1[0], weight: $1[1], bias: $1[2]) }
    try compare([noise([4, 7], seed: 4), noise([3, 7], seed: 5), noise([3], seed: 6)]) {
      try $0.linear($1[0], weight: $1[1], bias: $1[2])
    }
  }

  @Test("batch norm of a batch and of running statistics", arguments: [true, false])
  func batchNorm(training: Bool) throws {
    try compare([noise([3, 4, 5, 18], seed: 1), noise([18], seed: 2), noise([18], seed: 3)]) {
      let statistics = BatchNormStatistics(channels: 18)
      statistics.variance = Tensor([Float](repeating: 0.3, count: 18))
      return try $0.batchNorm(
        $1[0], weight: $1[1], bias: $1[2], statistics: statistics, training: training)
    }
  }

  @Test("ReLU, pooling, rearrangements, arithmetic")
  func elementwise() throws {
    let x = noise([2, 6, 8, 3], seed: 1)
    let y = noise([2, 6, 8, 3], seed: 2)
    try compare([x], step: 1e-4) { $0.relu($1[0]) }
    for pooling in [Pooling(size: 2, stride: 2), Pooling(size: 3, stride: 2, padding: 1)] {
      try compare([x], step: 1e-4) { try $0.maxPool($1[0], pooling) }
    }
    try compare([x]) { try $0.averagePool($1[0], by: 3) }
    try compare([x]) { try $0.averagePool($1[0], toHeight: 1, width: 1) }
    try compare([x]) { try $0.averagePool($1[0], toHeight: 4, width: 5) }
    try compare([x, y]) { try $0.concatenate($1) }
    try compare([x]) { try $0.centerCrop($1[0], height: 3, width: 4) }
    try compare([x]) { try $0.pixelUnshuffle($1[0], by: 2) }
    try compare([noise([2, 3, 2, 18], seed: 3)]) { try $0.pixelShuffle($1[0], by: 3) }
    try compare([x]) { try $0.flatten($1[0]) }
    try compare([x]) { try $0.reshape($1[0], [12, 24]) }
    try compare([x, y]) { try $0.add($1[0], $1[1]) }
    try compare([x, y]) { try $0.subtract($1[0], $1[1]) }
    try compare([x]) { $0.multiply($1[0], by: -2.5) }
    let positive = Tensor(y.shape) { memory in
      for (index, value) in y.elements.enumerated() { memory[index] = 1.5 + 0.5 * value }
    }
    try compare([x, positive]) { try $0.divide($1[0], by: $1[1]) }
    // The same value twice: gradients add up.
    try compare([x, y]) { try $0.combine([(0.5, $1[0]), (2, $1[1]), (-1, $1[0])]) }
  }

  @Test("spatial transformer, channel deviation, colour matrix")
  func images() throws {
    let x = noise([2, 7, 9, 3], seed: 1)
    let theta = try #require(
      Tensor([0.9, 0.1, 0.05, -0.1, 1.1, -0.07, 1.2, -0.2, 0.3, 0.2, 0.8, 0.1], shape: [2, 2, 3]))
    // Bilinear sampling has kinks at every pixel: a small step, so that few samples cross one.
    try compare([smooth(x), theta], step: 2e-4, tolerance: 2e-2) { tape, v in
      try tape.gridSample(v[0], grid: tape.grid(of: v[1], height: 6, width: 5))
    }
    let projective = try #require(
      Tensor(
        [0.9, 0.1, 0.05, -0.1, 1.1, -0.07, 0.2, 0.1, 1.2, -0.2, 0.3, 0.2, 0.8, 0.1, -0.3, 0.15],
        shape: [2, 8]))
    try compare([projective]) { try $0.grid(of: $1[0], height: 6, width: 5) }
    try compare([smooth(x), projective], step: 2e-4, tolerance: 2e-2) { tape, v in
      try tape.sample(v[0], theta: v[1], sampling: .bilinear)
    }
    try compare([x]) { try $0.channelDeviation($1[0]) }
    try compare([noise([2, 4], seed: 2)]) { try $0.planes($1[0], height: 3, width: 2) }
    try compare([x, noise([2, 3, 4], seed: 3)]) { try $0.colorMatrix($1[0], matrix: $1[1]) }
  }

  @Test("losses")
  func losses() throws {
    let (a, b) = (noise([2, 5, 6, 3], seed: 1), noise([2, 5, 6, 3], seed: 2))
    try compare([a, b]) { try $0.meanSquaredError($1[0], $1[1]) }
    try compare([a, b], step: 1e-3) { try $0.meanAbsoluteError($1[0], $1[1]) }
    try compare([a, b]) { try $0.charbonnier($1[0], $1[1], epsilon: 0.1) }
    try compare([a, b], step: 1e-3) { try $0.gradientDifference($1[0], $1[1]) }
    try compare([a]) { try $0.meanLogSigmoid($1[0]) }
    try compare([a]) { try $0.meanLogOneMinusSigmoid($1[0]) }
  }

  /// The derivative of Σ r · operation(inputs) along a random direction of each input.
  private func compare(
    _ inputs: [Tensor], engine: EngineName = .openblas, step: Float = 3e-3,
    tolerance: Double = 1e-2, sourceLocation: SourceLocation = #_sourceLocation,
    _ operation: (Tape, [Variable]) throws -> Variable
  ) throws {
    let tape = try makeTape(engine)
    let variables = inputs.map(tape.variable)
    let y = try operation(tape, variables)
    let weights = noise(y.shape, seed: 99)
    try tape.backward(from: y, gradient: weights)
    func value(_ inputs: [Tensor]) throws -> Double {
      let y = try tape.withoutRecording { try operation(tape, inputs.map(tape.constant)) }
      return zip(y.value.elements, weights.elements).reduce(0) {
        $0 + Double($1.0) * Double($1.1)
      }
    }
    for (index, variable) in variables.enumerated() {
      let gradient = try #require(tape.gradient(of: variable), sourceLocation: sourceLocation)
      var worst = 0.0
      var scale = 0.0
      for direction in 0..<4 {
        let d = noise(inputs[index].shape, seed: UInt64(100 + 10 * index + direction))
        func moved(_ h: Float) -> [Tensor] {
          var moved = inputs
          for at in 0..<d.count { moved[index][at] += h * d[at] }
          return moved
        }
        let numeric = (try value(moved(step)) - value(moved(-step))) / (2 * Double(step))
        let recorded = zip(gradient.elements, d.elements).reduce(0) {
          $0 + Double($1.0) * Double($1.1)
        }
        worst = max(worst, abs(numeric - recorded))
        scale = max(scale, abs(numeric))
      }
      #expect(
        worst < tolerance * scale, "input \(index): off by \(worst) of \(scale)",
        sourceLocation: sourceLocation)
    }
  }

  /// A smooth image, whose bilinear interpolant bends little at the pixels.
  private func smooth(_ x: Tensor) -> Tensor {
    Tensor(x.shape) { memory in
      let width = x.shape[2] * x.shape[3]
      for index in 0..<memory.count {
        let (row, column) = (index / width, index % width)
        memory[index] = 0.02 * Float(row * row) + 0.3 * Float(column) / Float(width)
      }
    }
  }
}
