#if OneDNN
  import Support
  import Synchronization
  import Tensors

  /// A convolution whose primitives and packed weights are made at first use of a shape, and kept.
  final class OneDNNConvolution<Element: ActivationElement>: Convolution {
    private let geometry: ConvolutionGeometry
    private let weights: Tensor
    private let bias: AlignedBuffer?
    private let relu: Bool
    private let cache = Mutex<[OneDNNShape: Prepared]>([:])

    private struct Prepared {
      let primitive: OneDNNPrimitive
      let weights: AlignedBuffer
      /// Whether the result goes through dense memory, because oneDNN has no fast code for a gap.
      let denseOutput: Bool
    }

    init(_ request: ConvolutionRequest) {
      geometry = request.geometry
      weights = request.weights
      bias = request.bias?.storage
      relu = request.relu
    }

    var weightBytes: Int { MemoryLayout<Element>.stride * weights.count }

    private func prepared(_ shape: OneDNNShape) throws -> Prepared {
      try cache.withLock { cache in
        if let found = cache[shape] { return found }
        var primitive = try OneDNNPrimitive(shape)
        var dense = false
        if primitive.isReference, shape.outStride != geometry.outChannels {
          var without = shape
          without.outStride = geometry.outChannels
          if let better = try OneDNNPrimitive(ifSupported: without), !better.isReference {
            primitive = better
            dense = true
          }
        }
        let made = Prepared(
          primitive: primitive,
          weights: try cache.values.first { $0.primitive.wantsSameWeights(as: primitive) }?.weights
            ?? packed(for: primitive),
          denseOutput: dense)
        cache[shape] = made
        return made
      }
    }

    private func packed(for primitive: OneDNNPrimitive) throws -> AlignedBuffer {
      let packed = AlignedBuffer(uninitialized: primitive.weightCount)
      try primitive.reorder(plain: weights.storage, packed: packed)
      return packed
    }

    func forward(
      _ input: Activations<Element>, into output: Activations<Element>,
      residual: Activations<Element>?, context: ComputeContext
    ) throws {
      let parts = OneDNNParts(batch: input.batch, threads: context.pool.threads)
      var bySize: [Int: Prepared] = [:]
      for images in parts.sizes {
        bySize[images] = try prepared(
          OneDNNShape(
            kind: .forward, geometry: geometry, batch: images, height: input.height,
            width: input.width, inStride: input.pixelStride, outStride: output.pixelStride,
            precision: Element.precision, bias: bias != nil, relu: relu, sum: residual != nil,
            threads: parts.threads))
      }
      let all = bySize.values
      let failures = Atomic<Int>(0)
      let pixels = parts.sizes[0] * output.height * output.width
      context.reserve(.first, all.map(\.primitive.scratchCount).max() ?? 0)
      if all.contains(where: \.denseOutput) { context.reserve(.second, pixels * output.channels) }
      context.pool.run(parts.count) { part, worker in
        let range = parts[part]
        guard let prepared = bySize[range.count] else { return }
        let part = output.images(range)
        var to = part
        if prepared.denseOutput, let dense = context.memory(.second, worker: worker) {
          to = Activations(
            UnsafeMutableRawPointer(dense).assumingMemoryBound(to: Element.self),
            batch: part.batch, height: part.height, width: part.width, channels: part.channels)
        }
        if let residual { to.copy(from: residual.images(range)) }
        let done = prepared.primitive.execute(
          input: UnsafeMutableRawPointer(input.image(range.lowerBound)),
          weights: prepared.weights, bias: bias, output: UnsafeMutableRawPointer(to.pointer),
          scratch: context.memory(.first, worker: worker))
        if !done { failures.add(1, ordering: .relaxed) }
        part.copy(from: to)
      }
      if failures.load(ordering: .relaxed) > 0 { throw OneDNNPrimitive.failure }
    }
  }
#endif
