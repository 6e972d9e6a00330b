#if OneDNN
  import COneDNN
  import Support
  import Tensors

  /// One oneDNN primitive for one shape.
  final class OneDNNPrimitive: @unchecked Sendable {
    // Never changed, and oneDNN's executions of one primitive may overlap: hence `Sendable`.
    private let handle: OpaquePointer
    /// Floats of scratch memory that an execution needs.
    let scratchCount: Int
    /// Whether oneDNN fell back to its slow reference code, as it does for some strides.
    let isReference: Bool

    /// - Throws: `UserError` when oneDNN has no implementation of the shape.
    init(_ shape: OneDNNShape) throws {
      var message = [CChar](repeating: 0, count: 160)
      let made = withUnsafePointer(to: shape.raw) { rg_dnnl_convolution_create($0, &message) }
      guard let made else {
        throw UserError(
          String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self),
          remedy: "use --engine openblas, or --precision float32 where this was bfloat16")
      }
      handle = made
      scratchCount = (rg_dnnl_convolution_scratch_bytes(made) + 3) / 4
      isReference = String(cString: rg_dnnl_convolution_implementation(made)).contains("ref")
    }

    deinit { rg_dnnl_convolution_destroy(handle) }

    /// Floats of the weights in the layout that the primitive wants.
    var weightCount: Int { (rg_dnnl_convolution_weight_bytes(handle) + 3) / 4 }

    /// Between plain `[out, in, kh, kw]` and the primitive's layout: packs, but for the gradient of
    /// the weights, which it unpacks.
    ///
    /// - Throws: `UserError` when oneDNN reports a failure.
    func reorder(plain: AlignedBuffer, packed: AlignedBuffer) throws {
      guard rg_dnnl_convolution_pack(handle, plain.pointer, packed.pointer) == 0 else {
        throw UserError("oneDNN failed to pack weights", remedy: "use --engine openblas")
      }
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

    /// What a pass throws whose execution failed.
    static var failure: UserError {
      UserError("oneDNN failed to compute a convolution", remedy: "use --engine openblas")
    }
  }
#endif
