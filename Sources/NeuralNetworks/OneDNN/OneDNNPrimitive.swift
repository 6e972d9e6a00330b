#if OneDNN
  import COneDNN
  import Support
  import Tensors

  /// One oneDNN primitive for one shape.
  final class OneDNNPrimitive: @unchecked Sendable {
    private let handle: OpaquePointer
    let shape: rg_dnnl_shape
    /// Floats of scratch memory that an execution needs.
    let scratchCount: Int

    /// - Throws: `UserError` when oneDNN has no implementation of the shape.
    init(_ shape: rg_dnnl_shape) throws {
      var message = [CChar](repeating: 0, count: 160)
      let made = withUnsafePointer(to: shape) { rg_dnnl_convolution_create($0, &message) }
      guard let made else {
        throw UserError(
          String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self),
          remedy: "use --engine openblas, or --precision float32 where this was bfloat16")
      }
      handle = made
      self.shape = shape
      scratchCount = (rg_dnnl_convolution_scratch_bytes(made) + 3) / 4
    }

    deinit { rg_dnnl_convolution_destroy(handle) }

    /// Whether oneDNN fell back to its slow reference code, as it does for some strides.
    var isReference: Bool {
      String(cString: rg_dnnl_convolution_implementation(handle)).contains("ref")
    }

    /// Weights in the layout that the primitive wants.
    func pack(_ weights: Tensor) -> AlignedBuffer {
      let packed = AlignedBuffer(
        uninitialized: (rg_dnnl_convolution_weight_bytes(handle) + 3) / 4)
      weights.withUnsafeBufferPointer {
        _ = rg_dnnl_convolution_pack(
          handle, UnsafeMutablePointer(mutating: $0.baseAddress), packed.pointer)
      }
      return packed
    }

    /// Floats of the weights in the layout that the primitive wants.
    var weightCount: Int { (rg_dnnl_convolution_weight_bytes(handle) + 3) / 4 }

    /// Between plain `[out, in, kh, kw]` and the primitive's layout: packs, but for the gradient of
    /// the weights, which it unpacks. False when oneDNN reports a failure.
    func reorder(plain: UnsafeMutablePointer<Float>, packed: AlignedBuffer) -> Bool {
      rg_dnnl_convolution_pack(handle, plain, packed.pointer) == 0
    }

    func wantsSameWeights(as other: OneDNNPrimitive) -> Bool {
      rg_dnnl_convolution_same_weights(handle, other.handle) != 0
    }

    /// False when oneDNN reports a failure.
    func execute(
      input: UnsafeMutableRawPointer, weights: AlignedBuffer, bias: AlignedBuffer?,
      output: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer?
    ) -> Bool {
      rg_dnnl_convolution_execute(handle, input, weights.pointer, bias?.pointer, output, scratch)
        == 0
    }
  }
#endif
