import Support
import Tensors

/// Convolutions over `sgemm`: complete with OpenBLAS alone, in float32.
///
/// 1×1 is one matrix product; 3×3 with stride 1, and for inference 2, goes by Winograd; the rest
/// gathers patches (im2col) block by block. Bias, ReLU and residual follow while a block is in cache.
public struct OpenBLASBackend: Backend {
  public let name = "openblas"
  public var versions: String { BLAS.description }
  /// Transformed weights and partial sums of training.
  let buffers = BufferPool(takesLarger: true)

  /// - Throws: `UserError` when OpenBLAS is not installed.
  public init() throws { try BLAS.checkAvailable() }

  public func support(for operation: BackendOperation) -> Support {
    switch operation {
    case .inference(let request, .float32): InferenceMethod(request) == nil ? .none : .full
    case .inference(_, .bfloat16): .none
    case .training: .full
    }
  }

  public func pack<Element: ActivationElement>(
    _ request: ConvolutionRequest, of type: Element.Type
  ) throws -> any Convolution<Element> {
    guard let packed = try pack(request) as? any Convolution<Element> else {
      throw Self.onlyFloat32
    }
    return packed
  }

  private func pack(_ request: ConvolutionRequest) throws -> any Convolution<Float> {
    let bias = request.bias?.aligned()
    switch InferenceMethod(request) {
    case .winograd: return WinogradConvolution<Float>(request)
    case .product:
      return MatrixProductConvolution(
        weights: FilterPacking(request).patches(), bias: bias, relu: request.relu)
    case .patches:
      return PatchesConvolution(
        request.geometry, weights: FilterPacking(request).patches(), bias: bias,
        relu: request.relu)
    case .pooledPatches(let pooling):
      return PooledPatchesConvolution(
        request.geometry, weights: FilterPacking(request).patches(), bias: bias,
        relu: request.relu, pooling: pooling)
    case nil:
      throw UserError("the engine openblas has no such pooling in one pass with a convolution")
    }
  }

  static var onlyFloat32: UserError {
    UserError(
      "the engine openblas computes in float32 only",
      remedy: "use --engine onednn (or auto) for --precision bfloat16")
  }

  /// How a convolution with packed weights is computed.
  private enum InferenceMethod {
    case winograd, product, patches
    case pooledPatches(Pooling)

    /// `nil` for a pooling that would have to follow in a pass of its own.
    init?(_ request: ConvolutionRequest) {
      let geometry = request.geometry
      switch request.pooling {
      case nil where geometry.suitsWinograd || geometry.suitsStridedWinograd: self = .winograd
      case nil: self = geometry.isMatrixProduct ? .product : .patches
      case let pooling? where geometry.suitsWinograd:
        guard pooling.fitsWinogradTiles else { return nil }
        self = .winograd
      case let pooling?:
        guard geometry.readsImages else { return nil }
        self = .pooledPatches(pooling)
      }
    }
  }
}

extension OpenBLASBackend {
  /// The least that a convolution costs by this back end's methods, for one image of a size:
  /// multiplications and additions, and bytes of packed weights.
  ///
  /// - Parameters:
  ///   - height: of the input.
  ///   - width: of the input.
  static func cost(
    of geometry: ConvolutionGeometry, height: Int, width: Int
  ) -> (operations: Double, weightBytes: Double) {
    let filters = Double(geometry.inChannels * geometry.outChannels)
    guard geometry.suitsWinograd || geometry.suitsStridedWinograd else {
      let taps = Double(geometry.kernelHeight * geometry.kernelWidth)
      return (geometry.operations(height: height, width: width), 4 * filters * taps)
    }
    let out = geometry.outputSize(height: height, width: width)
    let tiling = WinogradTiling(
      WinogradScheme(geometry, usualSize: (height, width)), height: out.height, width: out.width)
    return (
      2 * filters * Double(tiling.productsPerImage), 4 * filters * Double(tiling.filterMatrices)
    )
  }
}

extension Tensor {
  /// The elements in memory that a back end may keep.
  func aligned() -> AlignedBuffer {
    let copy = AlignedBuffer(uninitialized: count)
    withUnsafeBufferPointer { elements in
      for (index, element) in elements.enumerated() { copy.pointer[index] = element }
    }
    return copy
  }
}
