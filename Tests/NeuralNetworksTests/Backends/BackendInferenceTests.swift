import NeuralNetworks
import Support
import Tensors
import Testing

@Suite("Back ends agree with the plain convolution in inference")
struct BackendInferenceTests {
  @Test(
    "with bias, residual and ReLU", arguments: ConvolutionCase.all, EngineName.inThisBuild)
  func allTogether(test: ConvolutionCase, engine: EngineName) throws {
    for (index, relu, bias, residual) in [
      (0, false, false, false), (1, true, true, false), (2, true, true, true),
      (3, false, false, true),
    ] {
      // Made for any size, for images of 4×4, which have no long Winograd tiles, or for the real one.
      let sizes = [nil, (4, 4), (test.height, test.width)]
      try check(
        test, engine, relu: relu, bias: bias, residual: residual, threads: 1 + index % 3,
        usualSize: sizes[index % 3])
    }
  }

  @Test(
    "between the channels of larger buffers",
    arguments: ConvolutionCase.all, EngineName.inThisBuild)
  func strided(test: ConvolutionCase, engine: EngineName) throws {
    try check(
      test, engine, relu: true, bias: true, residual: false, threads: 2, gapBefore: 16,
      gapAfter: 8)
  }

  @Test("over the residual itself", arguments: ConvolutionCase.all, EngineName.inThisBuild)
  func inPlace(test: ConvolutionCase, engine: EngineName) throws {
    try check(
      test, engine, relu: true, bias: true, residual: true, threads: 2, inPlace: true)
  }

  @Test("bfloat16 comes close", arguments: ConvolutionCase.all)
  func bfloat16(test: ConvolutionCase) throws {
    let (geometry, isThere) = (test.geometry, EngineName.computesBfloat16)
    let wholeWindowsInPadding =
      geometry.padding >= min(geometry.kernelHeight, geometry.kernelWidth)
    guard isThere, !wholeWindowsInPadding else { return }
    try check(
      test, .auto, relu: true, bias: true, residual: true, threads: 2, of: BFloat16.self,
      tolerance: 1e-2)
    try check(
      test, .auto, relu: true, bias: true, residual: true, threads: 2, inPlace: true,
      of: BFloat16.self, tolerance: 1e-2)
    try check(
      test, .auto, relu: false, bias: false, residual: false, threads: 3, gapBefore: 16,
      gapAfter: 8, of: BFloat16.self, tolerance: 1e-2)
  }

  @Test(
    "a pooling in the same pass gives what a pooling afterwards gives",
    arguments: [
      (ConvolutionCase(16, 32, kernel: (3, 3), padding: 1, height: 8, width: 8), 2, 2, 0),
      (ConvolutionCase(32, 16, kernel: (3, 3), padding: 1, height: 13, width: 15), 2, 2, 0),
      (
        ConvolutionCase(3, 64, kernel: (7, 7), stride: 2, padding: 3, height: 61, width: 50), 3, 2,
        1
      ),
      (ConvolutionCase(3, 64, kernel: (3, 3), stride: 2, height: 63, width: 62), 3, 2, 0),
      (ConvolutionCase(3, 16, kernel: (3, 3), padding: 1, height: 34, width: 30), 2, 2, 0),
    ])
  func pooled(test: ConvolutionCase, size: Int, stride: Int, padding: Int) throws {
    let geometry = test.geometry
    let pooling = Pooling(
      size: size, stride: stride, padding: padding, ceilMode: padding == 0 && size == 3)
    try pooled(test, pooling, OpenBLASBackend(), of: Float.self, tolerance: 2e-5)
    guard geometry.suitsWinograd, geometry.inChannels >= 32,
      EngineName.inThisBuild.contains(.onednn)
    else { return }
    try pooled(
      test, pooling, AutoBackend(multipliesTiles: false), of: BFloat16.self, tolerance: 1e-2)
    // Where oneDNN computes it, the pooling is a step of its own.
    let request = ConvolutionRequest(
      geometry, weights: Tensor(zeros: [geometry.outChannels, geometry.inChannels, 3, 3]),
      bias: nil,
      relu: true, pooling: pooling, usualSize: (test.height, test.width))
    let direct = try AutoBackend(multipliesTiles: true)
    #expect(try !direct.supports(.inference(request, .bfloat16)))
  }

  private func pooled<Element: TestableElement>(
    _ test: ConvolutionCase, _ pooling: Pooling, _ backend: some Backend,
    of type: Element.Type, tolerance: Float
  ) throws {
    let geometry = test.geometry
    var random = RandomStream(seed: 8, purpose: "pooled", item: test.testDescription)
    func numbers(_ shape: [Int]) -> Tensor {
      Tensor(shape) { memory in
        for index in 0..<memory.count { memory[index] = Float(random.uniform(in: -1...1)) }
      }
    }
    let weights = numbers([
      geometry.outChannels, geometry.inChannels, geometry.kernelHeight, geometry.kernelWidth,
    ])
    let bias = numbers([geometry.outChannels])
    let images = numbers([test.batch, test.height, test.width, geometry.inChannels])
    let size = geometry.outputSize(height: test.height, width: test.width)
    let between = PlainConvolution(test).output(
      images.elements, weights: weights.elements, bias: bias.elements, relu: true)
    let context = ComputeContext(threads: 2)
    let graph = try LiteralGraph(size.height, size.width, channels: geometry.outChannels)
    try graph.maxPool(
      graph.input, size: pooling.size, stride: pooling.stride, padding: pooling.padding,
      ceilMode: pooling.ceilMode)
    let expected = try graph.network(OpenBLASBackend(), context: context)(
      try #require(
        Tensor(between, shape: [test.batch, size.height, size.width, geometry.outChannels])))[0]

    let fused = Buffer<Element>(
      [Float](repeating: .nan, count: expected.count), batch: test.batch,
      height: expected.shape[1], width: expected.shape[2], channels: geometry.outChannels,
      gapBefore: 16, gapAfter: 16)
    let request = ConvolutionRequest(
      geometry, weights: weights, bias: bias, relu: true, pooling: pooling,
      usualSize: (test.height, test.width))
    #expect(try backend.supports(.inference(request, type.precision)))
    let convolution = try backend.pack(request, of: type)
    let input = Buffer<Element>(
      images.elements, batch: test.batch, height: test.height, width: test.width,
      channels: geometry.inChannels, gapBefore: 0, gapAfter: 0)
    try convolution.forward(input.view, into: fused.view, residual: nil, context: context)
    let taps = geometry.inChannels * geometry.kernelHeight * geometry.kernelWidth
    let worst = zip(fused.elements, expected.elements).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < tolerance * Float(taps).squareRoot())
    #expect(fused.gapsAreUntouched)
  }

  @Test("openblas says that it has no bfloat16")
  func noBFloat16() throws {
    let backend = try OpenBLASBackend()
    let request = ConvolutionRequest(
      ConvolutionCase.all[0].geometry, weights: Tensor(zeros: [32, 16, 3, 3]), bias: nil,
      relu: false)
    #expect(try !backend.supports(.inference(request, .bfloat16)))
    #expect(throws: UserError.self) { _ = try backend.pack(request, of: BFloat16.self) }
  }

  @Test(
    "what a back end says that it supports, it packs, and nothing else",
    arguments: ConvolutionCase.all, EngineName.inThisBuild)
  func support(test: ConvolutionCase, engine: EngineName) throws {
    let backend = try engine.makeBackend()
    let weights = Tensor(zeros: PlainConvolution(test).weightShape)
    func check<Element: ActivationElement>(_ pooling: Pooling?, _ type: Element.Type) throws {
      let request = ConvolutionRequest(
        test.geometry, weights: weights, bias: nil, relu: true, pooling: pooling)
      let packed = try? backend.pack(request, of: type)
      #expect(try backend.supports(.inference(request, type.precision)) == (packed != nil))
    }
    for pooling in [nil, Pooling(size: 2, stride: 2), Pooling(size: 3, stride: 2, padding: 1)] {
      try check(pooling, Float.self)
      try check(pooling, BFloat16.self)
    }
  }

  @Test("auto computes as the back end of its rule does", arguments: ConvolutionCase.all)
  func auto(test: ConvolutionCase) throws {
    guard EngineName.inThisBuild.contains(.onednn) else { return }
    let geometry = test.geometry
    let plain = PlainConvolution(test)
    let input = noise([test.batch, test.height, test.width, geometry.inChannels], seed: 1)
    let request = ConvolutionRequest(
      geometry, weights: noise(plain.weightShape, seed: 2), bias: nil, relu: true)
    func result(_ engine: EngineName) throws -> [Float] {
      let output = Buffer<Float>(
        [Float](repeating: .nan, count: plain.outputCount), batch: test.batch,
        height: plain.size.height, width: plain.size.width, channels: geometry.outChannels,
        gapBefore: 0, gapAfter: 0)
      let images = Buffer<Float>(
        input.elements, batch: test.batch, height: test.height, width: test.width,
        channels: geometry.inChannels, gapBefore: 0, gapAfter: 0)
      try engine.makeBackend().pack(request, of: Float.self).forward(
        images.view, into: output.view, residual: nil, context: ComputeContext(threads: 2))
      return output.elements
    }
    let readsImages =
      geometry.inChannels < 16 && geometry.outChannels % 16 == 0 && geometry.kernelHeight > 1
    let isDirect =
      try readsImages
      && EngineName.onednn.makeBackend().support(for: .inference(request, .float32)) == .full
    #expect(try result(.auto) == result(isDirect ? .onednn : .openblas))
  }

  /// Winograd's tiles of six outputs round about twice as much as those of four.
  private func check(
    _ test: ConvolutionCase, _ engine: EngineName, relu: Bool, bias: Bool, residual: Bool,
    threads: Int, gapBefore: Int = 0, gapAfter: Int = 0, inPlace: Bool = false,
    usualSize: (height: Int, width: Int)? = nil
  ) throws {
    try check(
      test, engine, relu: relu, bias: bias, residual: residual, threads: threads,
      gapBefore: gapBefore, gapAfter: gapAfter, inPlace: inPlace, usualSize: usualSize,
      of: Float.self,
      tolerance: test.geometry.suitsWinograd ? 4e-5 : 2e-5)
  }

  private func check<Element: TestableElement>(
    _ test: ConvolutionCase, _ engine: EngineName, relu: Bool, bias: Bool, residual: Bool,
    threads: Int, gapBefore: Int = 0, gapAfter: Int = 0, inPlace: Bool = false,
    usualSize: (height: Int, width: Int)? = nil, of type: Element.Type, tolerance: Float
  ) throws {
    let geometry = test.geometry
    let plain = PlainConvolution(test)
    let (size, taps, outputCount) = (plain.size, plain.taps, plain.outputCount)
    let (channels, out) = (geometry.inChannels, geometry.outChannels)
    var random = RandomStream(seed: 7, purpose: "convolution", item: test.testDescription)
    func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(random.uniform(in: -1...1)) }
    }
    let inputs = numbers(plain.inputCount)
    let weights = numbers(plain.weightCount)
    let biases = bias ? numbers(out) : nil
    let residuals = residual ? numbers(outputCount) : nil
    let expected = plain.output(
      inputs, weights: weights, bias: biases, residual: residuals, relu: relu)

    let convolution = try engine.makeBackend().pack(
      ConvolutionRequest(
        geometry, weights: try #require(Tensor(weights, shape: plain.weightShape)),
        bias: biases.map { Tensor($0) }, relu: relu, usualSize: usualSize), of: type)
    let input = Buffer<Element>(
      inputs, batch: test.batch, height: test.height, width: test.width, channels: channels,
      gapBefore: gapBefore, gapAfter: gapAfter)
    let output = Buffer<Element>(
      inPlace ? (residuals ?? []) : [Float](repeating: .nan, count: outputCount),
      batch: test.batch, height: size.height, width: size.width, channels: out,
      gapBefore: gapBefore, gapAfter: gapAfter)
    let added = residuals.map {
      Buffer<Element>(
        $0, batch: test.batch, height: size.height, width: size.width, channels: out,
        gapBefore: gapBefore, gapAfter: gapAfter)
    }
    try convolution.forward(
      input.view, into: output.view, residual: inPlace ? output.view : added?.view,
      context: ComputeContext(threads: threads))
    let scale = Float(channels * taps).squareRoot()
    let worst = zip(output.elements, expected).map { abs($0 - $1) / scale }.max() ?? 0
    #expect(worst < tolerance, "threads \(threads), bias \(bias), residual \(residual)")
    #expect(output.elements.allSatisfy { !$0.isNaN })
    #expect(output.gapsAreUntouched)
  }
}
