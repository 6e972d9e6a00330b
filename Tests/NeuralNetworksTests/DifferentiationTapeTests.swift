import NeuralNetworks
import Support
import Tensors
import Testing

@Suite("Differentiation: the tape")
struct DifferentiationTapeTests {
  @Test("in bfloat16 convolutions read rounded numbers and give what float32 gives, nearly")
  func narrowConvolutions() throws {
    let kinds = [
      (64, 32, 3, 2, 1, 14), (3, 16, 3, 2, 1, 17), (6, 16, 3, 1, 1, 16), (32, 16, 3, 1, 1, 10),
    ]
    // Without oneDNN, or AVX-512, nothing computes in it.
    let engines = EngineName.computesBfloat16 ? [EngineName.auto, .onednn] : []
    for engine in engines {
      for (channels, out, size, stride, padding, side) in kinds {
        func results(_ precision: Precision, batch: Int, threads: Int) throws -> [Tensor] {
          let tape = Tape(
            backend: try engine.makeBackend(trainingPrecision: precision),
            context: ComputeContext(threads: threads))
          let v = [
            tape.variable(noise([batch, side, side, channels], seed: 1)),
            tape.variable(noise([out, channels, size, size], seed: 2)),
            tape.variable(noise([out], seed: 3)),
          ]
          let y = try tape.convolution(
            v[0], weight: v[1], bias: v[2], stride: stride, padding: padding)
          try tape.backward(from: y, gradient: noise(y.shape, seed: 4))
          return [y.value] + v.compactMap(tape.gradient)
        }
        for (batch, threads) in [(5, 2), (1, 2), (3, 1)] {
          let exact = try results(.float32, batch: batch, threads: threads)
          let narrow = try results(.bfloat16, batch: batch, threads: threads)
          #expect(exact.count == 4 && narrow.count == 4)
          for (a, b) in zip(exact, narrow) { #expect(relativeError(b, a) < 1e-2) }
          // 3×3 with stride 1 in whole vectors stays in float32 where the engine has the choice.
          let stays = engine == .auto && stride == 1 && channels % 16 == 0
          #expect((exact[0].elements == narrow[0].elements) == stays)
          let again = try results(.bfloat16, batch: batch, threads: threads)
          #expect(again.map(\.elements) == narrow.map(\.elements))
        }
      }
    }
    #expect(throws: UserError.self) {
      _ = try EngineName.openblas.makeBackend(trainingPrecision: .bfloat16)
    }
  }

  @Test("batch norm passes the ReLU before it what the ReLU would have cut itself")
  func batchNormAfterReLU() throws {
    for channels in [16, 20] {
      func gradients(apart: Bool) throws -> [Tensor] {
        let tape = try makeTape()
        let x = tape.variable(noise([2, 9, 9, 16], seed: 1))
        let weight = tape.variable(noise([channels, 16, 3, 3], seed: 2))
        let bias = tape.variable(noise([channels], seed: 3))
        var y = try tape.convolution(x, weight: weight, bias: bias, padding: 1, relu: !apart)
        if apart { y = tape.relu(y) }
        let scale = tape.variable(noise([channels], seed: 4))
        let normalized = try tape.batchNorm(
          y, weight: scale, bias: tape.constant(noise([channels], seed: 5)),
          statistics: BatchNormStatistics(channels: channels), training: true)
        // A second reader of the ReLU's result, whose gradient nobody has cut.
        let both = try tape.concatenate([normalized, y])
        try tape.backward(from: both, gradient: noise(both.shape, seed: 6))
        return [x, weight, bias, scale].compactMap(tape.gradient)
      }
      let (fused, apart) = (try gradients(apart: false), try gradients(apart: true))
      #expect(fused.count == 4)
      for (a, b) in zip(fused, apart) { #expect(relativeError(a, b) < 1e-5) }
    }
  }

  @Test("the colour histogram counts pixels from 0 to 1, and lets no gradient through")
  func colorHistogram() throws {
    let tape = try makeTape(threads: 2)
    // Grey 0.1, 0.1 and 0.9, and one pixel of pure red: in halves of 0…1.
    let pixels: [[Float]] = [[0.1, 0.1, 0.1], [0.1, 0.1, 0.1], [0.9, 0.9, 0.9], [1, 0, 0]]
    let (mean, deviation) = (ImageNetStatistics.mean, ImageNetStatistics.standardDeviation)
    let values = pixels.flatMap { pixel in (0..<3).map { (pixel[$0] - mean[$0]) / deviation[$0] } }
    let x = tape.variable(
      Tensor([2, 2, 2, 3]) { memory in
        for index in 0..<24 { memory[index] = index < 12 ? values[index] : .nan }
      })
    let histogram = try tape.colorHistogram(x, bins: 2)
    #expect(histogram.shape == [2, 1, 1, 8])
    #expect(!histogram.requiresGradient)
    // Shares times two bins, under a square root: R 2/4 and 2/4, G and B 3/4 and 1/4, chroma 3/4, 1/4.
    let (low, high) = (Float(1.5).squareRoot(), Float(0.5).squareRoot())
    #expect(
      Array(histogram.value.elements.prefix(8)) == [1, 1, low, high, low, high, low, high])
    #expect(histogram.value.elements.allSatisfy { $0.isFinite })
    #expect(throws: UserError.self) { try tape.colorHistogram(x, bins: 1) }
    #expect(throws: UserError.self) {
      try tape.colorHistogram(tape.constant(noise([1, 4, 4, 2], seed: 1)), bins: 8)
    }
  }

  @Test("a small U-Net takes PyTorch's three Adam steps", arguments: EngineName.available)
  func smallUNet(engine: EngineName) throws {
    let golden = try Golden("training", group: "small_unet")
    let tape = try makeTape(engine)
    let net = try SmallUNet(golden)
    let adam = Adam(
      net.parameters, options: .init(learningRate: 1e-2), context: tape.context)
    let (x, target) = (try golden.image("x"), try golden.image("target"))
    let losses = try golden.plain("losses").elements
    for step in 0..<3 {
      let loss = try tape.meanSquaredError(
        net(tape, tape.constant(x)), tape.constant(target))
      #expect(abs(loss.value[0] - losses[step]) < 1e-4 * losses[step])
      try tape.backward(from: loss)
      if step == 0 {
        for parameter in net.parameters {
          let expected = try golden.plain("gradient/\(parameter.name)")
          #expect(relativeError(parameter.gradient, expected) < 1e-3, "\(parameter.name)")
        }
      }
      adam.step()
      net.parameters.clearGradients()
    }
    for parameter in net.parameters {
      let expected = try golden.plain("after/\(parameter.name)")
      #expect(relativeError(parameter.value, expected) < 1e-3, "\(parameter.name)")
    }
    for (name, norm) in net.norms {
      let (mean, variance) = (
        try golden.plain("after/\(name).running_mean"),
        try golden.plain("after/\(name).running_var")
      )
      #expect(relativeError(norm.mean, mean) < 1e-3)
      #expect(relativeError(norm.variance, variance) < 1e-3)
    }
  }

  @Test("the same steps give the same bits, and memory does not grow")
  func determinism() throws {
    let golden = try Golden("training", group: "small_unet")
    var results: [[Float]] = []
    for _ in 0..<2 {
      let tape = try makeTape(.auto)
      let net = try SmallUNet(golden)
      let adam = Adam(net.parameters, context: tape.context)
      let x = tape.constant(noise([4, 32, 32, 3], seed: 5))
      var bytes: [Int] = []
      for _ in 0..<6 {
        try tape.backward(
          from: tape.meanSquaredError(net(tape, x), tape.constant(Tensor(zeros: x.shape))))
        adam.step()
        net.parameters.clearGradients()
        bytes.append(tape.buffers.byteCount)
      }
      #expect(bytes[1] == bytes[5])
      results.append(net.parameters.flatMap(\.value.elements))
    }
    #expect(results[0] == results[1])
  }

  @Test("frozen parameters, constants and unrecorded operations get no gradient")
  func withoutGradients() throws {
    let tape = try makeTape()
    let (w, b) = (
      TrainableParameter("w", noise([2, 3], seed: 1)), TrainableParameter("b", Tensor([0, 0]))
    )
    w.isFrozen = true
    let x = tape.variable(noise([4, 3], seed: 2))
    func y(_ x: Variable) throws -> Variable {
      try tape.linear(x, weight: tape.use(w), bias: tape.use(b))
    }
    try tape.backward(from: y(x))
    #expect(w.gradient == nil)
    #expect(b.gradient != nil)
    #expect(tape.gradient(of: x) != nil)
    [b].clearGradients()
    #expect(b.gradient == nil)
    let silent = try tape.withoutRecording { try y(x) }
    #expect(!silent.requiresGradient)
    #expect(try y(tape.constant(x.value)).requiresGradient)
    #expect(throws: UserError.self) { try tape.backward(from: silent) }
  }

  @Test("shapes that do not fit are user errors, not crashes")
  func misfits() throws {
    let tape = try makeTape()
    let x = tape.variable(noise([2, 4, 4, 3], seed: 1))
    let w = tape.constant(noise([8, 4, 3, 3], seed: 2))
    let one = tape.constant(Tensor([1]))
    #expect(throws: UserError.self) { try tape.convolution(x, weight: w) }
    #expect(throws: UserError.self) { try tape.convolution(one, weight: w) }
    #expect(throws: UserError.self) {
      try tape.convolution(x, weight: tape.constant(noise([8, 3, 7, 7], seed: 2)))
    }
    #expect(throws: UserError.self) { try tape.transposedConvolution2x2(x, weight: w, bias: one) }
    #expect(throws: UserError.self) { try tape.concatenate([x, one]) }
    #expect(throws: UserError.self) { try tape.centerCrop(x, height: 5, width: 2) }
    #expect(throws: UserError.self) { try tape.linear(x, weight: w, bias: one) }
    #expect(throws: UserError.self) { try tape.maxPool(x, Pooling(size: 9, stride: 2)) }
    #expect(throws: UserError.self) { try tape.grid(of: x, height: 2, width: 2) }
    #expect(throws: UserError.self) { try tape.gridSample(x, grid: x) }
    #expect(throws: UserError.self) { try tape.colorMatrix(x, matrix: one) }
    #expect(throws: UserError.self) { try tape.meanSquaredError(x, one) }
    #expect(throws: UserError.self) { try tape.add(x, one) }
    #expect(throws: UserError.self) { try tape.backward(from: x, gradient: Tensor([1])) }
    let grid = try tape.grid(
      of: tape.variable(noise([2, 2, 3], seed: 3)), height: 4, width: 4)
    #expect(throws: UserError.self) { try tape.gridSample(x, grid: grid, sampling: .bicubic) }
  }
}

/// The network of Scripts/goldens/layers.py.
private struct SmallUNet {
  let parameters: [TrainableParameter]
  let norms: [String: BatchNormStatistics]

  init(_ golden: Golden) throws {
    let norms = [("norm1", 16), ("norm2", 32), ("norm3", 16)]
    self.norms = Dictionary(
      uniqueKeysWithValues: norms.map { ($0.0, BatchNormStatistics(channels: $0.1)) })
    parameters = try ["conv1", "norm1", "conv2", "norm2", "up", "conv3", "norm3", "out"].flatMap {
      name in
      try (name.hasPrefix("conv") ? ["weight"] : ["weight", "bias"]).map {
        TrainableParameter("\(name).\($0)", try golden.plain("before/\(name).\($0)"))
      }
    }
  }

  func callAsFunction(_ tape: Tape, _ x: Variable) throws -> Variable {
    func find(_ name: String) throws -> Variable {
      tape.use(try #require(parameters.first { $0.name == name }))
    }
    func block(_ x: Variable, _ index: Int) throws -> Variable {
      let y = try tape.convolution(x, weight: find("conv\(index).weight"), padding: 1)
      return try tape.batchNorm(
        y, weight: find("norm\(index).weight"), bias: find("norm\(index).bias"),
        statistics: try #require(norms["norm\(index)"]), training: true, relu: true)
    }
    let a = try block(x, 1)
    let b = try block(tape.maxPool(a, Pooling(size: 2, stride: 2)), 2)
    let up = try tape.transposedConvolution2x2(
      b, weight: find("up.weight"), bias: find("up.bias"))
    let c = try block(tape.concatenate([a, up]), 3)
    return try tape.add(
      x, tape.convolution(c, weight: find("out.weight"), bias: find("out.bias")))
  }
}
