import Support
import Tensors

/// `--engine auto`: a fixed rule, so that a result never depends on a stopwatch.
///
/// float32: 3×3 with stride 1 by Winograd over OpenBLAS, everything else by oneDNN; bfloat16: all
/// by oneDNN. In a build without oneDNN it is the engine openblas. `realitygap bench convolution`
/// measures each shape of a network by engine; the rule follows from that.
public struct AutoEngine: ConvolutionEngine {
  public let name = "auto"
  private let winograd: OpenBLASEngine
  private let direct: any ConvolutionEngine

  /// - Throws: `UserError` when OpenBLAS is not installed.
  public init() throws {
    winograd = try OpenBLASEngine()
    #if OneDNN
      direct = try OneDNNEngine()
    #else
      direct = winograd
    #endif
  }

  public var versions: String {
    direct.name == winograd.name
      ? winograd.versions : "\(winograd.versions); \(direct.versions)"
  }

  public func convolution<Element: ActivationElement>(
    _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
    of type: Element.Type
  ) throws -> any Convolution<Element> {
    if geometry.suitsWinograd {
      return WinogradConvolution<Element>(geometry, weights: weights, bias: bias, relu: relu)
    }
    return try direct.convolution(geometry, weights: weights, bias: bias, relu: relu, of: type)
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
