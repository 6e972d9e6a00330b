import NeuralNetworks
import Support
import Tensors
import Testing

/// A convolution without any trick, in double precision: the oracle of every engine.
struct PlainConvolution {
  let geometry: ConvolutionGeometry
  let weights: [Float]
  let bias: [Float]?

  func callAsFunction(
    _ input: [Float], batch: Int, height: Int, width: Int, residual: [Float]?, relu: Bool
  ) -> [Float] {
    let size = geometry.outputSize(height: height, width: width)
    let (channels, out) = (geometry.inChannels, geometry.outChannels)
    var result: [Float] = []
    for n in 0..<batch {
      for y in 0..<size.height {
        for x in 0..<size.width {
          for o in 0..<out {
            var sum = Double(bias?[o] ?? 0)
            for i in 0..<geometry.kernelHeight {
              let row = y * geometry.stride + i - geometry.padding
              guard (0..<height).contains(row) else { continue }
              for j in 0..<geometry.kernelWidth {
                let column = x * geometry.stride + j - geometry.padding
                guard (0..<width).contains(column) else { continue }
                let pixel = ((n * height + row) * width + column) * channels
                let tap = (i * geometry.kernelWidth + j)
                for c in 0..<channels {
                  let weight = (o * channels + c) * geometry.kernelHeight * geometry.kernelWidth
                  sum += Double(input[pixel + c]) * Double(weights[weight + tap])
                }
              }
            }
            if let residual { sum += Double(residual[result.count]) }
            result.append(Float(relu ? max(sum, 0) : sum))
          }
        }
      }
    }
    return result
  }
}

/// One case: a geometry on images of a size.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  let geometry: ConvolutionGeometry
  let batch: Int
  let height: Int
  let width: Int

  init(
    _ inChannels: Int, _ outChannels: Int, kernel: (Int, Int), stride: Int = 1, padding: Int = 0,
    batch: Int = 2, height: Int, width: Int
  ) {
    geometry = ConvolutionGeometry(
      inChannels: inChannels, outChannels: outChannels, kernelHeight: kernel.0,
      kernelWidth: kernel.1, stride: stride, padding: padding)
    (self.batch, self.height, self.width) = (batch, height, width)
  }

  var testDescription: String {
    "\(geometry.inChannels)→\(geometry.outChannels) \(geometry.kernelHeight)×"
      + "\(geometry.kernelWidth)/\(geometry.stride)+\(geometry.padding) on \(batch)×\(height)×\(width)"
  }

  static let all: [ConvolutionCase] = [
    // Winograd: tiles of one length and of both, whole and cut, one pixel, many blocks, few tiles.
    ConvolutionCase(16, 32, kernel: (3, 3), padding: 1, height: 8, width: 8),
    ConvolutionCase(32, 16, kernel: (3, 3), padding: 1, height: 7, width: 9),
    ConvolutionCase(16, 16, kernel: (3, 3), padding: 0, height: 11, width: 6),
    ConvolutionCase(16, 16, kernel: (3, 3), padding: 1, batch: 1, height: 1, width: 1),
    ConvolutionCase(16, 16, kernel: (3, 3), padding: 1, batch: 3, height: 56, width: 54),
    ConvolutionCase(128, 128, kernel: (3, 3), padding: 1, batch: 5, height: 7, width: 7),
    ConvolutionCase(16, 16, kernel: (3, 3), padding: 1, batch: 3, height: 12, width: 14),
    ConvolutionCase(16, 32, kernel: (3, 3), padding: 1, batch: 7, height: 39, width: 29),
    ConvolutionCase(128, 144, kernel: (3, 3), padding: 1, batch: 4, height: 17, width: 14),
    // Winograd with stride 2: whole tiles, cut tiles, one pixel, many blocks, few tiles.
    ConvolutionCase(16, 32, kernel: (3, 3), stride: 2, padding: 1, height: 16, width: 16),
    ConvolutionCase(32, 16, kernel: (3, 3), stride: 2, padding: 1, height: 19, width: 26),
    ConvolutionCase(16, 16, kernel: (3, 3), stride: 2, padding: 0, height: 23, width: 12),
    ConvolutionCase(16, 16, kernel: (3, 3), stride: 2, padding: 1, batch: 1, height: 1, width: 2),
    ConvolutionCase(
      16, 16, kernel: (3, 3), stride: 2, padding: 1, batch: 3, height: 112, width: 90),
    ConvolutionCase(
      128, 128, kernel: (3, 3), stride: 2, padding: 1, batch: 5, height: 14, width: 14),
    // 1×1.
    ConvolutionCase(8, 24, kernel: (1, 1), height: 5, width: 7),
    ConvolutionCase(64, 16, kernel: (1, 1), batch: 3, height: 40, width: 31),
    ConvolutionCase(16, 16, kernel: (1, 1), stride: 2, height: 9, width: 8),
    ConvolutionCase(16, 16, kernel: (1, 1), padding: 1, height: 4, width: 4),
    // The rest, with odd channels and shapes.
    ConvolutionCase(3, 64, kernel: (7, 7), stride: 2, padding: 3, height: 33, width: 30),
    ConvolutionCase(3, 16, kernel: (3, 3), padding: 1, height: 12, width: 10),
    ConvolutionCase(5, 7, kernel: (3, 3), stride: 2, padding: 1, height: 13, width: 12),
    ConvolutionCase(16, 32, kernel: (3, 3), stride: 2, height: 12, width: 9),
    ConvolutionCase(4, 6, kernel: (2, 5), stride: 3, padding: 2, height: 14, width: 11),
    ConvolutionCase(3, 3, kernel: (5, 1), batch: 1, height: 5, width: 9),
  ]
}

@Suite("Convolution engines agree with the plain convolution")
struct ConvolutionTests {
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
    let (geometry, inThisBuild) = (test.geometry, EngineName.inThisBuild.contains(.onednn))
    let wholeWindowsInPadding =
      geometry.padding >= min(geometry.kernelHeight, geometry.kernelWidth)
    guard inThisBuild, !wholeWindowsInPadding else { return }
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
    try pooled(test, pooling, OpenBLASEngine(), of: Float.self, tolerance: 2e-5)
    guard geometry.suitsWinograd, geometry.inChannels >= 32,
      EngineName.inThisBuild.contains(.onednn)
    else { return }
    try pooled(test, pooling, AutoEngine(), of: BFloat16.self, tolerance: 1e-2)
  }

  private func pooled<Element: TestableElement>(
    _ test: ConvolutionCase, _ pooling: Pooling, _ engine: some ConvolutionEngine,
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
    let between = PlainConvolution(
      geometry: geometry, weights: weights.elements, bias: bias.elements)(
        images.elements, batch: test.batch, height: test.height, width: test.width, residual: nil,
        relu: true)
    let context = ComputeContext(threads: 2)
    let graph = LiteralGraph(size.height, size.width, channels: geometry.outChannels)
    try graph.maxPool(
      graph.input, size: pooling.size, stride: pooling.stride, padding: pooling.padding,
      ceilMode: pooling.ceilMode)
    let expected = try graph.network(OpenBLASEngine(), context: context)(
      try #require(
        Tensor(between, shape: [test.batch, size.height, size.width, geometry.outChannels])))[0]

    let fused = Buffer<Element>(
      [Float](repeating: .nan, count: expected.count), batch: test.batch,
      height: expected.shape[1], width: expected.shape[2], channels: geometry.outChannels,
      gapBefore: 16, gapAfter: 16)
    let convolution = try #require(
      try engine.convolution(
        geometry, weights: weights, bias: bias, relu: true, pooling: pooling,
        usualSize: (test.height, test.width), of: type))
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
    let engine = try OpenBLASEngine()
    #expect(throws: UserError.self) {
      _ = try engine.convolution(
        ConvolutionCase.all[0].geometry, weights: Tensor(zeros: [32, 16, 3, 3]), bias: nil,
        relu: false, usualSize: nil, of: BFloat16.self)
    }
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
    let size = geometry.outputSize(height: test.height, width: test.width)
    let (channels, out) = (geometry.inChannels, geometry.outChannels)
    var random = RandomStream(seed: 7, purpose: "convolution", item: test.testDescription)
    func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(random.uniform(in: -1...1)) }
    }
    let inputs = numbers(test.batch * test.height * test.width * channels)
    let outputCount = test.batch * size.height * size.width * out
    let taps = geometry.kernelHeight * geometry.kernelWidth
    let weights = numbers(out * channels * taps)
    let biases = bias ? numbers(out) : nil
    let residuals = residual ? numbers(outputCount) : nil
    let expected = PlainConvolution(geometry: geometry, weights: weights, bias: biases)(
      inputs, batch: test.batch, height: test.height, width: test.width, residual: residuals,
      relu: relu)

    let convolution = try engine.makeEngine().convolution(
      geometry,
      weights: try #require(
        Tensor(weights, shape: [out, channels, geometry.kernelHeight, geometry.kernelWidth])),
      bias: biases.map { Tensor($0) }, relu: relu, usualSize: usualSize, of: type)
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

/// Activations with other channels before and after, which nobody may touch.
private struct Buffer<Element: TestableElement> {
  private let memory: AlignedBuffer
  private let start: UnsafeMutablePointer<Element>
  private let count: Int
  private let gapBefore: Int
  let view: Activations<Element>
  private static var untouched: Float { 12288 }

  init(
    _ elements: [Float], batch: Int, height: Int, width: Int, channels: Int, gapBefore: Int,
    gapAfter: Int
  ) {
    let stride = gapBefore + channels + gapAfter
    count = batch * height * width * stride
    memory = AlignedBuffer(uninitialized: count)
    start = UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: Element.self)
    start.update(repeating: Element(nearest: Self.untouched), count: count)
    self.gapBefore = gapBefore
    view = Activations(
      start + gapBefore, batch: batch, height: height, width: width, channels: channels,
      pixelStride: stride)
    for (index, element) in elements.enumerated() {
      view.pointer[index / channels * stride + index % channels] = Element(nearest: element)
    }
  }

  var elements: [Float] {
    (0..<view.pixels * view.channels).map {
      view.pointer[$0 / view.channels * view.pixelStride + $0 % view.channels].float
    }
  }

  var gapsAreUntouched: Bool {
    (0..<count).allSatisfy { index in
      let channel = index % view.pixelStride - gapBefore
      return (0..<view.channels).contains(channel) || start[index].float == Self.untouched
    }
  }
}

/// An element that tests can write and read.
protocol TestableElement: ActivationElement {
  init(nearest value: Float)
  var float: Float { get }
}

extension Float: TestableElement {
  init(nearest value: Float) { self = value }
  var float: Float { self }
}

extension BFloat16: TestableElement {
  /// To nearest, halves to even: the scalar twin of the kernels.
  init(nearest value: Float) {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16
    self.init(bitPattern: UInt16(truncatingIfNeeded: value.isNaN ? bits >> 16 | 0x40 : rounded))
  }

  var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}

extension EngineName {
  /// The engines that this build has: without oneDNN, one fewer.
  static var inThisBuild: [EngineName] { allCases.filter { (try? $0.makeEngine()) != nil } }
}
