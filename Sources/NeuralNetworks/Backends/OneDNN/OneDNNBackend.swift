#if OneDNN
  import COneDNN
  import Support
  import Tensors

  /// Convolutions by oneDNN: direct, NHWC as it is, float32 or bfloat16.
  ///
  /// The batch is divided among our own threads and each calls oneDNN for its images with one OpenMP
  /// thread; only a batch smaller than the number of threads is left to OpenMP.
  public struct OneDNNBackend: Backend {
    /// As `--engine` says it.
    public let name = "onednn"
    /// oneDNN's version and the instruction set that it chose.
    public var versions: String {
      "oneDNN \(rg_dnnl_version().map { String(cString: $0) } ?? "") isa \(rg_dnnl_isa())"
    }
    /// Whether the processor has units for products of bfloat16 matrices (AMX), and oneDNN uses them.
    static var multipliesTiles: Bool { rg_dnnl_has_amx() != 0 }
    /// Whether oneDNN has code for bfloat16 on this processor.
    static var computesBfloat16: Bool { rg_dnnl_version() != nil && rg_dnnl_has_bfloat16() != 0 }
    private let training: OneDNNTraining

    /// - Parameter trainingPrecision: of what convolutions read in training.
    /// - Throws: `UserError` when the program was built without oneDNN.
    public init(trainingPrecision: Precision = .float32) throws {
      guard rg_dnnl_version() != nil else {
        throw UserError("this program was built without oneDNN", remedy: "use --engine openblas")
      }
      training = OneDNNTraining(trainingPrecision)
    }

    /// `.slow` where oneDNN has only its reference code or OpenBLAS steps in; no pooling.
    ///
    /// - Throws: `UserError` when oneDNN fails for another reason than that it cannot.
    public func support(for operation: BackendOperation) throws -> Support {
      switch operation {
      case .inference(let request, let precision):
        if request.pooling != nil { return .none }
        if request.geometry.hasEmptyWindows { return precision == .float32 ? .slow : .none }
        // To ask oneDNN is to try.
        guard let sample = try OneDNNPrimitive(ifSupported: Self.sample(request, precision))
        else { return .none }
        return sample.isReference ? .slow : .full
      case .training(let geometry, let images, let height, let width):
        if geometry.hasEmptyWindows { return .slow }
        return try training.support(geometry, images: images, height: height, width: width)
      }
    }

    /// - Throws: `UserError` for a pooling, and for what oneDNN cannot do.
    public func pack<Element: ActivationElement>(
      _ request: ConvolutionRequest, of type: Element.Type
    ) throws -> any Convolution<Element> {
      guard request.pooling == nil else {
        throw UserError("the engine onednn has no pooling in one pass with a convolution")
      }
      // oneDNN 2.6's generated code crashes there.
      if request.geometry.hasEmptyWindows { return try OpenBLASBackend().pack(request, of: type) }
      // What oneDNN cannot do shall be known when a model is loaded.
      _ = try OneDNNPrimitive(Self.sample(request, type.precision))
      return OneDNNConvolution<Element>(request)
    }

    /// - Throws: `UserError` when oneDNN fails, or OpenBLAS is missing where it steps in.
    public func run(_ pass: TrainingPass, context: ComputeContext) throws {
      if pass.geometry.hasEmptyWindows { return try OpenBLASBackend().run(pass, context: context) }
      try training.run(pass, context)
    }

    /// A small instance of a convolution.
    private static func sample(_ request: ConvolutionRequest, _ precision: Precision) -> OneDNNShape
    {
      let geometry = request.geometry
      let side = max(geometry.kernelHeight, geometry.kernelWidth) + 8
      return OneDNNShape(
        kind: .forward, geometry: geometry, batch: 1, height: side, width: side,
        inStride: geometry.inChannels, outStride: geometry.outChannels, precision: precision,
        bias: request.bias != nil, relu: request.relu, threads: 1)
    }
  }
#endif
