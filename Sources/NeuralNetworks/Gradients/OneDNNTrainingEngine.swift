#if OneDNN
  import CKernels
  import COneDNN
  import Support
  import Synchronization
  import Tensors

  /// Gradients by oneDNN, direct, NHWC. The images are divided among our own threads, one OpenMP
  /// thread each; a batch smaller than the number of threads is left to OpenMP.
  ///
  /// In bfloat16 what a pass reads, activations and weights, is rounded on the way into it; sums and
  /// all that it writes are float32, and so are the weights that the optimiser keeps.
  final class OneDNNTrainingEngine: TrainableConvolutionEngine {
    let name = "onednn"
    let versions: String
    private let isNarrow: Bool
    private let primitives = Mutex<[Key: OneDNNPrimitive]>([:])
    private let buffers = BufferPool(takesLarger: true)

    private struct Key: Hashable {
      let kind: Int32
      let geometry: ConvolutionGeometry
      let batch, height, width, threads: Int
      let bias, relu: Bool
    }

    init(versions: String, precision: Precision) {
      self.versions = versions
      isNarrow = precision == .bfloat16
    }

    func forInference() throws -> any ConvolutionEngine { try OneDNNEngine() }

    func forward(
      _ geometry: ConvolutionGeometry, input: ActivationView, weights: Tensor, bias: Tensor?,
      relu: Bool, into output: ActivationView, context: ComputeContext
    ) throws {
      let pass = Pass(
        kind: Int32(RG_DNNL_FORWARD), geometry: geometry, input: input, output: output,
        bias: bias?.storage, relu: relu)
      let primitives = try primitives(pass, context)
      let packed = try packed(weights, for: primitives)
      try run(pass, primitives, context) { primitive, _, chunk, scratch in
        primitive.execute(
          input: chunk.input, weights: packed, bias: pass.bias, output: chunk.output,
          scratch: scratch)
      }
    }

    func inputGradient(
      _ geometry: ConvolutionGeometry, outputGradient: ActivationView, weights: Tensor,
      into inputGradient: ActivationView, context: ComputeContext
    ) throws {
      let pass = Pass(
        kind: Int32(RG_DNNL_BACKWARD_DATA), geometry: geometry, input: inputGradient,
        output: outputGradient)
      let primitives = try primitives(pass, context)
      let packed = try packed(weights, for: primitives)
      try run(pass, primitives, context) { primitive, _, chunk, scratch in
        primitive.execute(
          input: chunk.input, weights: packed, bias: nil, output: chunk.output, scratch: scratch)
      }
    }

    func weightGradient(
      _ geometry: ConvolutionGeometry, input: ActivationView, outputGradient: ActivationView,
      into weightGradient: UnsafeMutablePointer<Float>, context: ComputeContext
    ) throws {
      let pass = Pass(
        kind: Int32(RG_DNNL_BACKWARD_WEIGHTS), geometry: geometry, input: input,
        output: outputGradient)
      let primitives = try primitives(pass, context)
      let count = primitives.any.weightCount
      func sums() -> [AlignedBuffer] {
        (0..<primitives.parts).map { _ in AlignedBuffer(uninitialized: count, from: buffers) }
      }
      // Each part of the batch has its own sum; they are added in order.
      let (partial, next) = (sums(), isNarrow ? sums() : [])
      try run(pass, primitives, context) { primitive, part, chunk, scratch in
        let sum = chunk.isFirst ? partial[part] : next[part]
        guard
          primitive.execute(
            input: chunk.input, weights: sum, bias: nil, output: chunk.output, scratch: scratch)
        else { return false }
        if !chunk.isFirst { Self.add(sum, to: partial[part], 0..<count) }
        return true
      }
      for other in partial.dropFirst() {
        context.elementwise(count) { Self.add(other, to: partial[0], $0) }
      }
      guard primitives.any.reorder(plain: weightGradient, packed: partial[0]) else {
        throw Self.failure
      }
    }

    private static func add(_ other: AlignedBuffer, to sum: AlignedBuffer, _ range: Range<Int>) {
      let to = sum.pointer + range.lowerBound
      rg_combine(to, 1, to, 1, other.pointer + range.lowerBound, range.count)
    }

    /// Whether oneDNN has fast code for all three passes of a convolution.
    func isFast(
      _ geometry: ConvolutionGeometry, batch: Int, height: Int, width: Int,
      context: ComputeContext
    ) -> Bool {
      [RG_DNNL_FORWARD, RG_DNNL_BACKWARD_DATA, RG_DNNL_BACKWARD_WEIGHTS].allSatisfy { kind in
        let key = Key(
          kind: Int32(kind), geometry: geometry, batch: isNarrow ? 1 : batch, height: height,
          width: width,
          threads: 1, bias: false, relu: false)
        return (try? primitive(key)).map { !$0.isReference } ?? false
      }
    }

    private static var failure: UserError {
      UserError("oneDNN failed to compute a convolution", remedy: "use --engine openblas")
    }

    // MARK: - One pass over a batch

    /// What a pass reads and writes.
    private struct Pass {
      let kind: Int32
      let geometry: ConvolutionGeometry
      let input: ActivationView
      let output: ActivationView
      var bias: AlignedBuffer?
      var relu = false

      var readsInput: Bool { kind != Int32(RG_DNNL_BACKWARD_DATA) }
      var readsOutput: Bool { kind != Int32(RG_DNNL_FORWARD) }
    }

    /// The parts of a batch, one a thread, and the primitives by the number of images that they take.
    private struct Primitives {
      let parts: Int
      let bySize: [Int: OneDNNPrimitive]
      let any: OneDNNPrimitive
    }

    /// Images that one execution takes.
    private struct Chunk {
      let input: UnsafeMutableRawPointer
      let output: UnsafeMutableRawPointer
      /// Whether they are the first of their part.
      let isFirst: Bool
    }

    private func primitives(_ pass: Pass, _ context: ComputeContext) throws -> Primitives {
      let batch = pass.input.batch
      let parts = batch >= context.pool.threads ? context.pool.threads : 1
      func made(_ images: Int) throws -> OneDNNPrimitive {
        try primitive(
          Key(
            kind: pass.kind, geometry: pass.geometry, batch: images, height: pass.input.height,
            width: pass.input.width, threads: parts == 1 ? context.pool.threads : 1,
            bias: pass.bias != nil, relu: pass.relu))
      }
      // Sizes of the parts differ by one image at most. In bfloat16 a thread takes one image after
      // the other, whose rounded copy stays near it.
      let most = isNarrow ? 1 : (batch + parts - 1) / parts
      let least = isNarrow ? 1 : batch / parts
      let first = try made(most)
      var bySize = [most: first]
      if least > 0, least != most {
        let other = try made(least)
        guard other.wantsSameWeights(as: first) else {
          throw UserError(
            "oneDNN packs weights differently for batches of \(most) and \(least)",
            remedy: "use a batch size divisible by the number of threads, or --engine openblas")
        }
        bySize[least] = other
      }
      return Primitives(parts: parts, bySize: bySize, any: first)
    }

    private func primitive(_ key: Key) throws -> OneDNNPrimitive {
      try primitives.withLock { primitives in
        if let found = primitives[key] { return found }
        let g = key.geometry
        let size = g.outputSize(height: key.height, width: key.width)
        let made = try OneDNNPrimitive(
          rg_dnnl_shape(
            kind: key.kind, batch: Int32(key.batch), in_height: Int32(key.height),
            in_width: Int32(key.width), in_channels: Int32(g.inChannels),
            in_stride: Int32(g.inChannels), out_height: Int32(size.height),
            out_width: Int32(size.width), out_channels: Int32(g.outChannels),
            out_stride: Int32(g.outChannels), kernel_height: Int32(g.kernelHeight),
            kernel_width: Int32(g.kernelWidth), stride: Int32(g.stride),
            padding: Int32(g.padding), bfloat16: isNarrow ? 1 : 0, wide: 1,
            bias: key.bias ? 1 : 0, relu: key.relu ? 1 : 0, sum: 0, threads: Int32(key.threads)))
        primitives[key] = made
        return made
      }
    }

    private func packed(_ weights: Tensor, for primitives: Primitives) throws -> AlignedBuffer {
      let packed = AlignedBuffer(uninitialized: primitives.any.weightCount, from: buffers)
      let done = withExtendedLifetime(weights) {
        primitives.any.reorder(plain: weights.storage.pointer, packed: packed)
      }
      guard done else { throw Self.failure }
      return packed
    }

    /// Runs a pass part by part; `execute` gets a primitive, the part's number, its next images and
    /// scratch memory, and says whether all went well.
    private func run(
      _ pass: Pass, _ primitives: Primitives, _ context: ComputeContext,
      _ execute: (OneDNNPrimitive, Int, Chunk, UnsafeMutableRawPointer?) -> Bool
    ) throws {
      let (input, output) = (pass.input, pass.output)
      let failures = Atomic<Int>(0)
      context.reserve(.first, primitives.bySize.values.map(\.scratchCount).max() ?? 0)
      if isNarrow {
        if pass.readsInput { context.reserve(.second, input.narrowCount) }
        if pass.readsOutput { context.reserve(.third, output.narrowCount) }
      }
      context.pool.run(primitives.parts) { part, worker in
        let images =
          input.batch * part / primitives.parts..<input.batch * (part + 1) / primitives.parts
        let step = isNarrow ? 1 : max(images.count, 1)
        for image in stride(from: images.lowerBound, to: images.upperBound, by: step) {
          func memory(
            _ view: ActivationView, isRead: Bool, _ slot: ComputeContext.Slot
          ) -> UnsafeMutableRawPointer {
            guard isNarrow, isRead, let copy = context.memory(slot, worker: worker) else {
              return UnsafeMutableRawPointer(view.image(image))
            }
            return view.narrow(image, into: copy)
          }
          let chunk = Chunk(
            input: memory(input, isRead: pass.readsInput, .second),
            output: memory(output, isRead: pass.readsOutput, .third),
            isFirst: image == images.lowerBound)
          guard let primitive = primitives.bySize[step],
            execute(primitive, part, chunk, context.memory(.first, worker: worker))
          else {
            failures.add(1, ordering: .relaxed)
            return
          }
        }
      }
      if failures.load(ordering: .relaxed) > 0 { throw Self.failure }
    }
  }

  extension ActivationView {
    /// Floats of memory that an image takes in bfloat16.
    fileprivate var narrowCount: Int { (height * width * channels + 1) / 2 }

    /// A dense image, rounded to bfloat16.
    fileprivate func narrow(
      _ index: Int, into copy: UnsafeMutablePointer<Float>
    ) -> UnsafeMutableRawPointer {
      let to = UnsafeMutableRawPointer(copy)
      Activations<BFloat16>(
        to.assumingMemoryBound(to: BFloat16.self), batch: 1, height: height, width: width,
        channels: channels
      ).convert(from: images(index..<index + 1))
      return to
    }
  }
#endif
