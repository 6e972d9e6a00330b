#if OneDNN
  import COneDNN
  import Support
  import Synchronization
  import Tensors

  /// A convolution whose primitives and packed weights are made at first use of a shape, and kept.
  final class OneDNNConvolution<Element: ActivationElement>: Convolution {
    private let geometry: ConvolutionGeometry
    private let weights: Tensor
    private let bias: AlignedBuffer?
    private let relu: Bool
    private let cache = Mutex<[Key: Prepared]>([:])

    private struct Key: Hashable {
      let batch, height, width, inStride, outStride, threads: Int
      let sum: Bool
    }

    private struct Prepared {
      let primitive: OneDNNPrimitive
      let weights: AlignedBuffer
      /// Whether the result goes through dense memory, because oneDNN has no fast code for a gap.
      let denseOutput: Bool
    }

    init(_ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool) {
      self.geometry = geometry
      self.weights = weights
      self.bias = bias?.aligned()
      self.relu = relu
    }

    var weightBytes: Int { MemoryLayout<Element>.stride * weights.count }

    /// Makes a small instance, so that what oneDNN cannot do is known when a model is loaded.
    func check() throws {
      let side = max(geometry.kernelHeight, geometry.kernelWidth) + 8
      let size = geometry.outputSize(height: side, width: side)
      _ = try OneDNNPrimitive(
        shape(
          Key(
            batch: 1, height: side, width: side, inStride: geometry.inChannels,
            outStride: geometry.outChannels, threads: 1, sum: false), size))
    }

    private func shape(_ key: Key, _ size: (height: Int, width: Int)) -> rg_dnnl_shape {
      rg_dnnl_shape(
        kind: Int32(RG_DNNL_FORWARD), batch: Int32(key.batch), in_height: Int32(key.height),
        in_width: Int32(key.width), in_channels: Int32(geometry.inChannels),
        in_stride: Int32(key.inStride), out_height: Int32(size.height),
        out_width: Int32(size.width), out_channels: Int32(geometry.outChannels),
        out_stride: Int32(key.outStride), kernel_height: Int32(geometry.kernelHeight),
        kernel_width: Int32(geometry.kernelWidth), stride: Int32(geometry.stride),
        padding: Int32(geometry.padding), bfloat16: Element.isNarrow,
        wide: 0, bias: bias == nil ? 0 : 1, relu: relu ? 1 : 0, sum: key.sum ? 1 : 0,
        threads: Int32(key.threads))
    }

    private func prepared(_ key: Key) throws -> Prepared {
      try cache.withLock { cache in
        if let found = cache[key] { return found }
        let size = geometry.outputSize(height: key.height, width: key.width)
        var primitive = try OneDNNPrimitive(shape(key, size))
        var dense = false
        if primitive.isReference, key.outStride != geometry.outChannels {
          let key = Key(
            batch: key.batch, height: key.height, width: key.width, inStride: key.inStride,
            outStride: geometry.outChannels, threads: key.threads, sum: key.sum)
          if let better = try? OneDNNPrimitive(shape(key, size)), !better.isReference {
            primitive = better
            dense = true
          }
        }
        let packed =
          cache.values.first { $0.primitive.wantsSameWeights(as: primitive) }?.weights
          ?? primitive.pack(weights)
        let made = Prepared(primitive: primitive, weights: packed, denseOutput: dense)
        cache[key] = made
        return made
      }
    }

    func forward(
      _ input: Activations<Element>, into output: Activations<Element>,
      residual: Activations<Element>?, context: ComputeContext
    ) throws {
      let threads = context.pool.threads
      let pieces = input.batch >= threads ? threads : 1
      func key(_ images: Int) -> Key {
        Key(
          batch: images, height: input.height, width: input.width, inStride: input.pixelStride,
          outStride: output.pixelStride, threads: pieces == 1 ? threads : 1, sum: residual != nil)
      }
      // Sizes of the pieces differ by one image at most.
      let most = (input.batch + pieces - 1) / pieces
      let least = input.batch / pieces
      var bySize = [most: try prepared(key(most))]
      if least > 0, least != most { bySize[least] = try prepared(key(least)) }
      let all = bySize.values
      let failures = Atomic<Int>(0)
      let pixels = most * output.height * output.width
      context.reserve(.first, all.map(\.primitive.scratchCount).max() ?? 0)
      if all.contains(where: \.denseOutput) { context.reserve(.second, pixels * output.channels) }
      context.pool.run(over: input.batch, pieces: pieces) { range, worker in
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
      if failures.load(ordering: .relaxed) > 0 {
        throw UserError("oneDNN failed to compute a convolution", remedy: "use --engine openblas")
      }
    }
  }
#endif
