#if OneDNN
  import COneDNN
  import Support
  import Tensors

  /// Convolutions by oneDNN: direct, NHWC as it is, float32 or bfloat16.
  ///
  /// The batch is divided among our own threads and each calls oneDNN for its images with one OpenMP
  /// thread; only a batch smaller than the number of threads is left to OpenMP.
  public struct OneDNNEngine: ConvolutionEngine {
    public let name = "onednn"
    public var versions: String {
      "oneDNN \(rg_dnnl_version().map { String(cString: $0) } ?? "") isa \(rg_dnnl_isa())"
    }

    /// - Throws: `UserError` when the program was built without oneDNN.
    public init() throws {
      guard rg_dnnl_version() != nil else {
        throw UserError("this program was built without oneDNN", remedy: "use --engine openblas")
      }
    }

    public func convolution<Element: ActivationElement>(
      _ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool,
      usualSize: (height: Int, width: Int)?, of type: Element.Type
    ) throws -> any Convolution<Element> {
      // oneDNN 2.6's generated code crashes where a window can lie wholly in the padding.
      if geometry.padding >= min(geometry.kernelHeight, geometry.kernelWidth) {
        return try OpenBLASEngine().convolution(
          geometry, weights: weights, bias: bias, relu: relu, usualSize: usualSize, of: type)
      }
      let convolution = OneDNNConvolution<Element>(
        geometry, weights: weights, bias: bias, relu: relu)
      try convolution.check()
      return convolution
    }
  }
#endif
