#if OneDNN
  import CKernels
  import Support
  import Synchronization
  import Tensors

  /// Passes of training by oneDNN, direct, NHWC.
  ///
  /// In bfloat16 what a pass reads, activations and weights, is rounded on the way into it; sums and
  /// all that it writes are float32, and so are the weights that the optimiser keeps. A thread then
  /// takes one image after the other, whose rounded copy stays near it.
  final class OneDNNTraining: Sendable {
    private let precision: Precision
    private let primitives = Mutex<[OneDNNShape: OneDNNPrimitive]>([:])
    private let buffers = BufferPool(.anyLarger)

    init(_ precision: Precision) { self.precision = precision }

    private var isNarrow: Bool { precision == .bfloat16 }

    /// For all three passes of a convolution.
    ///
    /// - Parameter images: of a part.
    /// - Throws: `UserError` when oneDNN fails.
    func support(
      _ geometry: ConvolutionGeometry, images: Int, height: Int, width: Int
    ) throws -> Support {
      for kind in [TrainingPass.Kind.forward, .inputGradient, .weightGradient] {
        let shape = shape(
          kind, geometry, images: isNarrow ? 1 : images, height: height, width: width, threads: 1)
        // To ask oneDNN is to try.
        guard let made = try primitive(ifSupported: shape) else { return .none }
        if made.isReference { return .slow }
      }
      return .full
    }

    func run(_ pass: TrainingPass, _ context: ComputeContext) throws {
      let job = try job(pass, context)
      if pass.kind == .weightGradient { return try weightGradient(job, context) }
      let packed = AlignedBuffer(uninitialized: job.any.weightCount, from: buffers)
      try job.any.reorder(plain: pass.weights, packed: packed)
      try run(job, context) { primitive, _, chunk, scratch in
        primitive.execute(
          input: chunk.input, weights: packed, bias: pass.bias, output: chunk.output,
          scratch: scratch)
      }
    }

    private func weightGradient(_ job: Job, _ context: ComputeContext) throws {
      let count = job.any.weightCount
      func sums() -> [AlignedBuffer] {
        (0..<job.parts.count).map { _ in AlignedBuffer(uninitialized: count, from: buffers) }
      }
      // Each part of the batch has its own sum; they are added in order.
      let (partial, next) = (sums(), isNarrow ? sums() : [])
      try run(job, context) { primitive, part, chunk, scratch in
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
      try job.any.reorder(plain: job.pass.weights, packed: partial[0])
    }

    private static func add(_ other: AlignedBuffer, to sum: AlignedBuffer, _ range: Range<Int>) {
      let to = sum.pointer + range.lowerBound
      rg_combine(to, 1, to, 1, other.pointer + range.lowerBound, range.count)
    }

    // MARK: - One pass over a batch

    /// A pass, the parts of its batch, and the primitives by the number of images that they take.
    private struct Job {
      let pass: TrainingPass
      let parts: OneDNNParts
      let bySize: [Int: OneDNNPrimitive]
      /// One of them: all want the same layout of weights.
      let any: OneDNNPrimitive
    }

    /// Images that one execution takes.
    private struct Chunk {
      let input: UnsafeMutableRawPointer
      let output: UnsafeMutableRawPointer
      /// Whether they are the first of their part.
      let isFirst: Bool
    }

    private func job(_ pass: TrainingPass, _ context: ComputeContext) throws -> Job {
      let parts = OneDNNParts(batch: pass.input.batch)
      func made(_ images: Int) throws -> OneDNNPrimitive {
        var shape = shape(
          pass.kind, pass.geometry, images: images, height: pass.input.height,
          width: pass.input.width, threads: parts.threads)
        (shape.bias, shape.relu) = (pass.bias != nil, pass.relu)
        return try primitive(shape)
      }
      let sizes = isNarrow ? [1] : parts.sizes
      let first = try made(sizes[0])
      var bySize = [sizes[0]: first]
      for other in sizes.dropFirst() {
        let second = try made(other)
        guard second.wantsSameWeights(as: first) else {
          throw UserError(
            "oneDNN packs weights differently for batches of \(sizes[0]) and \(other)",
            remedy: "use a batch size divisible by \(TrainingPass.parts), or --engine openblas")
        }
        bySize[other] = second
      }
      return Job(pass: pass, parts: parts, bySize: bySize, any: first)
    }

    private func shape(
      _ kind: TrainingPass.Kind, _ geometry: ConvolutionGeometry, images: Int, height: Int,
      width: Int, threads: Int
    ) -> OneDNNShape {
      OneDNNShape(
        kind: kind, geometry: geometry, batch: images, height: height, width: width,
        inStride: geometry.inChannels, outStride: geometry.outChannels, precision: precision,
        isWide: true, threads: threads)
    }

    /// Kept for the next pass; `nil` where oneDNN has no implementation.
    private func primitive(ifSupported shape: OneDNNShape) throws -> OneDNNPrimitive? {
      try primitives.withLock { primitives in
        if let found = primitives[shape] { return found }
        let made = try OneDNNPrimitive(ifSupported: shape)
        primitives[shape] = made
        return made
      }
    }

    private func primitive(_ shape: OneDNNShape) throws -> OneDNNPrimitive {
      // Made anew where there is none, for the reason.
      try primitive(ifSupported: shape) ?? OneDNNPrimitive(shape)
    }

    /// Runs a pass part by part; `execute` gets a primitive, the part's number, its next images and
    /// scratch memory, and says whether all went well.
    private func run(
      _ job: Job, _ context: ComputeContext,
      _ execute: (OneDNNPrimitive, Int, Chunk, UnsafeMutableRawPointer?) -> Bool
    ) throws {
      let (input, output, kind) = (job.pass.input, job.pass.output, job.pass.kind)
      let failures = Atomic<Int>(0)
      context.reserve(.first, job.bySize.values.map(\.scratchCount).max() ?? 0)
      if isNarrow {
        if kind != .inputGradient { context.reserve(.second, input.narrowCount) }
        if kind != .forward { context.reserve(.third, output.narrowCount) }
      }
      context.pool.run(job.parts.count) { part, worker in
        let images = job.parts[part]
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
            input: memory(input, isRead: kind != .inputGradient, .second),
            output: memory(output, isRead: kind != .forward, .third),
            isFirst: image == images.lowerBound)
          guard let primitive = job.bySize[step],
            execute(primitive, part, chunk, context.memory(.first, worker: worker))
          else {
            failures.add(1, ordering: .relaxed)
            return
          }
        }
      }
      if failures.load(ordering: .relaxed) > 0 { throw OneDNNPrimitive.failure }
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
