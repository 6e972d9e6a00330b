import Support
import Tensors

/// `--engine auto`: a fixed rule, so that a result never depends on a stopwatch.
///
/// float32: all over OpenBLAS, but convolutions of images (fewer than 16 channels in, whole vectors
/// out) that no pooling follows by oneDNN. bfloat16: 3×3 with stride 1 from 32 channels on by
/// Winograd over OpenBLAS, in float32 between activations in bfloat16; the rest by oneDNN. In a build
/// without oneDNN it is the engine openblas. `realitygap bench convolution` measures each shape of a
/// network by engine; the rule follows from that.
public struct AutoEngine: ConvolutionEngine {
  public let name = "auto"
  private let openBLAS: OpenBLASEngine
  private let direct: any ConvolutionEngine

  /// - Throws: `UserError` when OpenBLAS is not installed.
  public init() throws {
    openBLAS = try OpenBLASEngine()
    #if OneDNN
      direct = try OneDNNEngine()
    #else
      direct = openBLAS
    #endif
  }

  public var versions: String {
    direct.name == openBLAS.name
      ? openBLAS.versions : "\(openBLAS.versions); \(direct.versions)"
  }

  public func convolution<Element: ActivationElement>(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
    usualSize: (height: Int, width: Int)?, of type: Element.Type
  ) throws -> any Convolution<Element> {
    if type.precision == .float32 {
      let gathersPatches =
        !geometry.isMatrixProduct && geometry.inChannels < 16 && geometry.outChannels % 16 == 0
      let engine: any ConvolutionEngine = gathersPatches ? direct : openBLAS
      return try engine.convolution(
        geometry, weights: weights, bias: bias, relu: relu, usualSize: usualSize, of: type)
    }
    if narrowByWinograd(geometry) {
      return WinogradConvolution<Element>(
        geometry, weights: weights, bias: bias, relu: relu, usualSize: usualSize)
    }
    return try direct.convolution(
      geometry, weights: weights, bias: bias, relu: relu, usualSize: usualSize, of: type)
  }

  public func convolution<Element: ActivationElement>(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
    pooling: Pooling, usualSize: (height: Int, width: Int)?, of type: Element.Type
  ) throws -> (any Convolution<Element>)? {
    if type.precision == .float32 {
      return try openBLAS.convolution(
        geometry, weights: weights, bias: bias, relu: relu, pooling: pooling, usualSize: usualSize,
        of: type)
    }
    guard narrowByWinograd(geometry), pooling.fitsWinogradTiles else { return nil }
    return WinogradConvolution<Element>(
      geometry, weights: weights, bias: bias, relu: relu, usualSize: usualSize, pooled: true)
  }

  /// In bfloat16: below 32 channels Winograd's transforms cost what its products save.
  private func narrowByWinograd(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.suitsWinograd && geometry.inChannels >= 32
  }
}

/// The engines by the name that `--engine` takes.
public enum EngineName: String, CaseIterable, Sendable, Codable {
  case auto
  case onednn
  case openblas

  /// - Throws: `UserError` when the engine is not part of this build or its library is missing.
  public func makeEngine() throws -> any ConvolutionEngine {
    switch self {
    case .auto: return try AutoEngine()
    case .openblas: return try OpenBLASEngine()
    case .onednn:
      #if OneDNN
        return try OneDNNEngine()
      #else
        throw UserError("this program was built without oneDNN", remedy: "use --engine openblas")
      #endif
    }
  }
}
