#if OneDNN
  import Dispatch
  import NeuralNetworks
  import Synchronization
  import Tensors
  import Testing

  @Suite("Convolutions that are made at the same time")
  struct OneDNNPackingTests {
    /// oneDNN 2.6 alone gets about two of three runs wrong (`COneDNN.c`, `describing`). It keeps what it
    /// has made, so each round has sizes of its own.
    @Test(
      "in different types, compute what they compute alone",
      .enabled(if: EngineName.computesBfloat16))
    func twoTypes() throws {
      let wrong = Mutex<[String]>([])
      let backend = try EngineName.onednn.makeBackend()
      DispatchQueue.concurrentPerform(iterations: 4) { thread in
        for round in 0..<100 {
          let width = 20 + 2 * round + thread / 2
          let isRight = Result {
            if thread % 2 == 0 {
              let test = ConvolutionCase(3, 3, kernel: (5, 1), batch: 1, height: 5, width: width)
              return try Self.error(test, backend, of: Float.self) < 1e-4
            }
            let test = ConvolutionCase(14, 10, kernel: (3, 4), batch: 1, height: 8, width: width)
            return try Self.error(test, backend, of: BFloat16.self) < 0.3
          }
          if (try? isRight.get()) != true {
            wrong.withLock { $0.append("thread \(thread), width \(width): \(isRight)") }
          }
        }
      }
      #expect(wrong.withLock { $0 } == [])
    }

    /// The largest error of an output, of inputs and weights between -1 and 1.
    private static func error<Element: TestableElement>(
      _ test: ConvolutionCase, _ backend: any Backend, of type: Element.Type
    ) throws -> Float {
      let plain = PlainConvolution(test)
      let input = noise([plain.inputCount], seed: 1).elements
      let weights = noise(plain.weightShape, seed: 2)
      func buffer(_ elements: [Float], height: Int, width: Int, channels: Int) -> Buffer<Element> {
        Buffer(
          elements, batch: test.batch, height: height, width: width, channels: channels,
          gapBefore: 0, gapAfter: 0)
      }
      let images = buffer(
        input, height: test.height, width: test.width, channels: test.geometry.inChannels)
      let output = buffer(
        [Float](repeating: .nan, count: plain.outputCount), height: plain.size.height,
        width: plain.size.width, channels: test.geometry.outChannels)
      try withExtendedLifetime(images) {
        try backend.pack(
          ConvolutionRequest(test.geometry, weights: weights, bias: nil, relu: true),
          of: Element.self
        ).forward(
          images.view, into: output.view, residual: nil, context: ComputeContext(threads: 1))
      }
      let expected = plain.output(input, weights: weights.elements, bias: nil, relu: true)
      let errors = zip(output.elements, expected).map { abs($0 - $1) }
      return errors.contains(where: \.isNaN) ? .infinity : errors.max() ?? .infinity
    }
  }
#endif
