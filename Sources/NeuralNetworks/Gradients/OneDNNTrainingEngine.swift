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
      try run(
        Int32(RG_DNNL_FORWARD), geometry, input, output, bias: bias?.storage, relu: relu, context
      ) { primitive in
        let packed = AlignedBuffer(uninitialized: primitive.weightCount, from: buffers)
        guard primitive.reorder(plain: weights.storage.pointer, packed: packed) else {
          throw Self.failure
        }
        return { _ in packed }
      }
      withExtendedLifetime(weights) {}
    }

    func inputGradient(
      _ geometry: ConvolutionGeometry, outputGradient: ActivationView, weights: Tensor,
      into inputGradient: ActivationView, context: ComputeContext
    ) throws {
      try run(
        Int32(RG_DNNL_BACKWARD_DATA), geometry, inputGradient, outputGradient, bias: nil,
        relu: false, context
      ) { primitive in
        let packed = AlignedBuffer(uninitialized: primitive.weightCount, from: buffers)
        guard primitive.reorder(plain: weights.storage.pointer, packed: packed) else {
          throw Self.failure
        }
        return { _ in packed }
      }
      withExtendedLifetime(weights) {}
    }

    func weightGradient(
      _ geometry: ConvolutionGeometry, input: ActivationView, outputGradient: ActivationView,
      into weightGradient: UnsafeMutablePointer<Float>, context: ComputeContext
    ) throws {
      let parts = pieces(input.batch, context)
      // Each part of the batch has its own sum; they are added in order.
      var partial: [AlignedBuffer] = []
      var any: OneDNNPrimitive?
      try run(
        Int32(RG_DNNL_BACKWARD_WEIGHTS), geometry, input, outputGradient, bias: nil, relu: false,
        context
      ) { primitive in
        any = primitive
        partial = (0..<parts).map { _ in
          AlignedBuffer(uninitialized: primitive.weightCount, from: buffers)
        }
        let partial = partial
        return { partial[$0] }
      }
      guard let primitive = any, let sum = partial.first else { throw Self.failure }
      for other in partial.dropFirst() {
        context.elementwise(sum.count) { range in
          for index in range { sum.pointer[index] += other.pointer[index] }
        }
      }
      guard primitive.reorder(plain: weightGradient, packed: sum) else { throw Self.failure }
    }

    /// Whether oneDNN has fast code for all three passes of a convolution.
    func isFast(
      _ geometry: ConvolutionGeometry, batch: Int, height: Int, width: Int,
      context: ComputeContext
    ) -> Bool {
      [RG_DNNL_FORWARD, RG_DNNL_BACKWARD_DATA, RG_DNNL_BACKWARD_WEIGHTS].allSatisfy { kind in
        let found = try? primitive(
          key(
            Int32(kind), geometry, batch, height, width, bias: false, relu: false, context))
        return found.map { !$0.isReference } ?? false
      }
    }

    private static var failure: UserError {
      UserError("oneDNN failed to compute a convolution", remedy: "use --engine openblas")
    }

    private func pieces(_ batch: Int, _ context: ComputeContext) -> Int {
      batch >= context.pool.threads ? context.pool.threads : 1
    }

    private func key(
      _ kind: Int32, _ geometry: ConvolutionGeometry, _ images: Int, _ height: Int, _ width: Int,
      bias: Bool, relu: Bool, _ context: ComputeContext
    ) -> Key {
      Key(
        kind: kind, geometry: geometry, batch: images, height: height, width: width,
        threads: context.pool.threads, bias: bias, relu: relu)
    }

    private func primitive(_ key: Key, threads: Int = 1) throws -> OneDNNPrimitive {
      let key = Key(
        kind: key.kind, geometry: key.geometry, batch: key.batch, height: key.height,
        width: key.width, threads: threads, bias: key.bias, relu: key.relu)
      return try primitives.withLock { primitives in
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
            bias: key.bias ? 1 : 0, relu: key.relu ? 1 : 0, sum: 0, threads: Int32(threads)))
        primitives[key] = made
        return made
      }
    }

    /// Runs one pass over parts of the batch; `prepare` is given one of the primitives and tells the
    /// weights' memory of each part.
    private func run(
      _ kind: Int32, _ geometry: ConvolutionGeometry, _ input: ActivationView,
      _ output: ActivationView, bias: AlignedBuffer?, relu: Bool, _ context: ComputeContext,
      _ prepare: (OneDNNPrimitive) throws -> (Int) -> AlignedBuffer
    ) throws {
      let parts = pieces(input.batch, context)
      let threads = parts == 1 ? context.pool.threads : 1
      func made(_ images: Int) throws -> OneDNNPrimitive {
        try primitive(
          key(
            kind, geometry, images, input.height, input.width, bias: bias != nil, relu: relu,
            context), threads: threads)
      }
      // Sizes of the parts differ by one image at most.
      let (most, least) = ((input.batch + parts - 1) / parts, input.batch / parts)
      var bySize = [most: try made(most)]
      if least > 0, least != most { bySize[least] = try made(least) }
      guard let first = bySize[most] else { throw Self.failure }
      for other in bySize.values where !other.wantsSameWeights(as: first) {
        throw UserError(
          "oneDNN wants different weights for batches of \(most) and \(least)",
          remedy: "use a batch that the number of threads divides, or --engine openblas")
      }
      let memory = try prepare(first)
      let from = isNarrow && kind != Int32(RG_DNNL_BACKWARD_DATA) ? narrow(input) : nil
      let to = isNarrow && kind != Int32(RG_DNNL_FORWARD) ? narrow(output) : nil
      let failures = Atomic<Int>(0)
      context.reserve(.first, bySize.values.map(\.scratchCount).max() ?? 0)
      context.pool.run(parts) { part, worker in
        let range = input.batch * part / parts..<input.batch * (part + 1) / parts
        guard let primitive = bySize[range.count] else { return }
        let done = primitive.execute(
          input: from?.fill(range) ?? UnsafeMutableRawPointer(input.image(range.lowerBound)),
          weights: memory(part), bias: bias,
          output: to?.fill(range) ?? UnsafeMutableRawPointer(output.image(range.lowerBound)),
          scratch: context.memory(.first, worker: worker))
        if !done { failures.add(1, ordering: .relaxed) }
      }
      if failures.load(ordering: .relaxed) > 0 { throw Self.failure }
    }

    private func narrow(_ activations: ActivationView) -> NarrowCopy {
      NarrowCopy(
        activations: activations,
        memory: AlignedBuffer(
          uninitialized: (activations.pixels * activations.channels + 1) / 2, from: buffers))
    }
  }

  /// A copy in bfloat16 of dense activations that a pass reads.
  private struct NarrowCopy {
    let activations: ActivationView
    let memory: AlignedBuffer

    /// Rounds some of the images, and tells where the first of them lies.
    func fill(_ images: Range<Int>) -> UnsafeMutableRawPointer {
      let count = activations.height * activations.width * activations.channels
      let to = UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: UInt16.self)
      rg_to_bfloat16(
        activations.image(images.lowerBound), 0, to + images.lowerBound * count, 0, 1,
        images.count * count)
      return UnsafeMutableRawPointer(to + images.lowerBound * count)
    }
  }
#endif
