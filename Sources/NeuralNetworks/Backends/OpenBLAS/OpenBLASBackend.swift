import Support
import Tensors

/// Convolutions over `sgemm`: complete with OpenBLAS alone, in float32.
///
/// 1×1 is one matrix product; 3×3 with stride 1, and for inference 2, goes by Winograd; the rest
/// gathers patches (im2col) block by block. Bias, ReLU and residual follow while a block is in cache.
public struct OpenBLASBackend: Backend {
  /// As `--engine` says it.
  public let name = "openblas"
  /// OpenBLAS's version, options and the kernels that it chose.
  public var versions: String { BLAS.description }
  /// Transformed weights of training, and their gradients.
  let buffers = BufferPool(.anyLarger)

  /// - Throws: `UserError` when OpenBLAS is not installed.
  public init() throws { try BLAS.checkAvailable() }

  /// Everything in float32, but for a pooling that would have to follow in a pass of its own.
  public func support(for operation: BackendOperation) -> Support {
    switch operation {
    case .inference(let request, .float32): InferenceMethod(request) == nil ? .none : .full
    case .inference(_, .bfloat16): .none
    case .training: .full
    }
  }

  /// - Throws: `UserError` for bfloat16, and for a pooling that it does not support.
  public func pack<Element: ActivationElement>(
    _ request: ConvolutionRequest, of type: Element.Type
  ) throws -> any Convolution<Element> {
    guard let packed = try pack(request) as? any Convolution<Element> else {
      throw Self.onlyFloat32
    }
    return packed
  }

  private func pack(_ request: ConvolutionRequest) throws -> any Convolution<Float> {
    let geometry = request.geometry
    func product() -> FusedProduct {
      FusedProduct(
        weights: FilterPacking(request).patches(), bias: request.bias?.storage, relu: request.relu)
    }
    switch InferenceMethod(request) {
    case .winograd: return WinogradConvolution<Float>(request)
    case .product: return MatrixProductConvolution(product: product())
    case .patches: return PatchesConvolution(geometry: geometry, product: product())
    case .pooledPatches(let pooling):
      return PooledPatchesConvolution(geometry: geometry, product: product(), pooling: pooling)
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
  /// its packed weights are read once.
  ///
  /// - Parameters:
  ///   - height: of the input.
  ///   - width: of the input.
  static func cost(
    of geometry: ConvolutionGeometry, height: Int, width: Int
  ) -> LayerWork {
    let filters = Double(geometry.inChannels * geometry.outChannels)
    guard geometry.suitsWinograd || geometry.suitsStridedWinograd else {
      return LayerWork(
        operations: geometry.operations(height: height, width: width),
        weightBytes: 4 * Double(geometry.taps * geometry.outChannels))
    }
    let out = geometry.outputSize(height: height, width: width)
    let tiling = WinogradTiling(
      WinogradScheme(geometry, usualSize: (height, width)), height: out.height, width: out.width)
    return LayerWork(
      operations: 2 * filters * Double(tiling.productsPerImage),
      weightBytes: 4 * filters * Double(tiling.filterMatrices))
  }
}
