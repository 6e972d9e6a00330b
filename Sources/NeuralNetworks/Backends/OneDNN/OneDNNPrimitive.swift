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

    private init(_ handle: OpaquePointer) {
      self.handle = handle
      scratchCount = (rg_dnnl_convolution_scratch_bytes(handle) + 3) / 4
      isReference = String(cString: rg_dnnl_convolution_implementation(handle)).contains("ref")
    }

    /// - Throws: `UserError` when oneDNN has no implementation of the shape, or fails to make it.
    convenience init(_ shape: OneDNNShape) throws {
      self.init(try Self.create(shape).get())
    }

    /// `nil` where oneDNN has no implementation of the shape.
    ///
    /// - Throws: `UserError` when it fails for another reason, as for want of memory.
    convenience init?(ifSupported shape: OneDNNShape) throws {
      switch try Self.create(shape) {
      case .success(let handle): self.init(handle)
      case .failure: return nil
      }
    }

    /// A new primitive of oneDNN, or the reason why it has none for the shape.
    ///
    /// - Throws: `UserError` when oneDNN fails.
    private static func create(_ shape: OneDNNShape) throws -> Result<OpaquePointer, UserError> {
      var (raw, isUnsupported) = (shape.raw, Int32(0))
      let (made, reason) = withShimMessage(length: 160) {
        rg_dnnl_convolution_create(&raw, &isUnsupported, $0)
      }
      if let made { return .success(made) }
      let error = UserError(
        reason, remedy: "use --engine openblas, or --precision float32 where this was bfloat16")
      guard isUnsupported != 0 else { throw error }
      return .failure(error)
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
