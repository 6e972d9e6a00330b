import NeuralNetworks
import Support
import Tensors
import Testing

@Suite("Back ends agree with the plain convolution in training")
struct BackendTrainingTests {
  @Test(
    "forward and both gradients, the same bits for any number of threads",
    arguments: ConvolutionCase.all)
  func passes(test: ConvolutionCase) throws {
    let data = TrainingData(test)
    let plain = PlainConvolution(test)
    let expected = [
      plain.output(
        data.input.elements, weights: data.weights.elements, bias: nil, relu: false),
      plain.output(
        data.input.elements, weights: data.weights.elements, bias: data.bias.elements, relu: true),
      plain.inputGradient(data.gradient.elements, weights: data.weights.elements),
      plain.weightGradient(data.input.elements, data.gradient.elements),
    ]
    for engine in EngineName.inThisBuild {
      let backend = try engine.makeBackend()
      func passes(_ threads: Int) throws -> [Tensor] {
        let context = ComputeContext(threads: threads)
        return [
          try data.output(backend, context), try data.output(backend, context, fused: true),
          try data.inputGradient(backend, context), try data.weightGradient(backend, context),
        ]
      }
      let single = try passes(1)
      for (pass, (computed, expected)) in zip(single, expected).enumerated() {
        let expected = try #require(Tensor(expected, shape: computed.shape))
        let error = relativeError(computed, expected)
        #expect(error < 1e-4, "\(engine): pass \(pass) is off by \(error)")
      }
      for threads in [2, 3, 8] {
        let isSame = try passes(threads).map(\.elements) == single.map(\.elements)
        #expect(isSame, "\(engine): \(threads) threads")
      }
    }
  }

  @Test("a failure of the library is an error, not a lack of support")
  func failure() throws {
    guard EngineName.inThisBuild.contains(.onednn) else { return }
    let backend = try EngineName.onednn.makeBackend()
    let geometry = ConvolutionCase.all[0].geometry
    // oneDNN takes no negative number of images.
    #expect(throws: UserError.self) {
      try backend.support(for: .training(geometry, images: -1, height: 16, width: 16))
    }
  }

  @Test("auto computes each pass as the back end of its rule does", arguments: ConvolutionCase.all)
  func auto(test: ConvolutionCase) throws {
    guard EngineName.inThisBuild.contains(.onednn) else { return }
    let data = TrainingData(test)
    let geometry = test.geometry
    let oneDNN = try EngineName.onednn.makeBackend()
    let isDirect =
      try !geometry.suitsWinograd && !geometry.isMatrixProduct
      && oneDNN.support(
        for: .training(
          geometry, images: test.batch, height: test.height, width: test.width)) == .full
    func results(_ engine: EngineName) throws -> [[Float]] {
      let (backend, context) = (try engine.makeBackend(), ComputeContext(threads: 1))
      return [
        try data.output(backend, context, fused: true), try data.inputGradient(backend, context),
        try data.weightGradient(backend, context),
      ].map(\.elements)
    }
    let auto = try results(.auto)
    let (openBLAS, direct) = (try results(.openblas), try results(.onednn))
    let expected = isDirect ? direct : openBLAS
    #expect(auto[0] == expected[0])
    #expect(auto[1] == expected[1])
    #expect(auto[2] == openBLAS[2])
  }
}

/// Random inputs, weights and gradients of a case, and the passes over them. What a pass writes is
/// NaN before.
private struct TrainingData {
  let geometry: ConvolutionGeometry
  let input: Tensor
  let weights: Tensor
  let bias: Tensor
  let gradient: Tensor

  init(_ test: ConvolutionCase) {
    geometry = test.geometry
    let plain = PlainConvolution(test)
    input = noise([test.batch, test.height, test.width, geometry.inChannels], seed: 1)
    weights = noise(plain.weightShape, seed: 2)
    bias = noise([geometry.outChannels], seed: 3)
    gradient = noise(
      [test.batch, plain.size.height, plain.size.width, geometry.outChannels], seed: 4)
  }

  func output(
    _ backend: any Backend, _ context: ComputeContext, fused: Bool = false
  ) throws -> Tensor {
    try written(gradient.shape) { output in
      try backend.run(
        TrainingPass(
          .forward, geometry, input: view(input), output: view(output), weights: weights.storage,
          bias: fused ? bias.storage : nil, relu: fused), context: context)
    }
  }

  func inputGradient(_ backend: any Backend, _ context: ComputeContext) throws -> Tensor {
    try written(input.shape) { dx in
      try backend.run(
        TrainingPass(
          .inputGradient, geometry, input: view(dx), output: view(gradient),
          weights: weights.storage), context: context)
    }
  }

  func weightGradient(_ backend: any Backend, _ context: ComputeContext) throws -> Tensor {
    try written(weights.shape) { dw in
      try backend.run(
        TrainingPass(
          .weightGradient, geometry, input: view(input), output: view(gradient),
          weights: dw.storage), context: context)
    }
  }

  private func written(_ shape: [Int], by pass: (Tensor) throws -> Void) throws -> Tensor {
    let result = Tensor(shape) { $0.update(repeating: .nan) }
    try withExtendedLifetime((input, gradient, result)) { try pass(result) }
    return result
  }

  private func view(_ x: Tensor) -> ActivationView {
    ActivationView(
      x.storage.pointer, batch: x.shape[0], height: x.shape[1], width: x.shape[2],
      channels: x.shape[3])
  }
}
