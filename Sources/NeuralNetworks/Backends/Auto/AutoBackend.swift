import Tensors

/// `--engine auto`: OpenBLAS or oneDNN, by the fixed rules of `AutoRule`. In a build without oneDNN it
/// is the back end openblas.
public struct AutoBackend: Backend {
  /// As `--engine` says it.
  public let name = "auto"
  private let openBLAS: OpenBLASBackend
  /// oneDNN, where there is one.
  private let direct: any Backend
  private let trainingPrecision: Precision
  private let multipliesTiles: Bool

  /// - Parameters:
  ///   - trainingPrecision: of what convolutions read in training where they are computed directly.
  ///   - multipliesTiles: whether the rule is that of processors which multiply tiles of bfloat16; `nil`
  ///     for what this one does.
  /// - Throws: `UserError` when OpenBLAS is not installed, or nothing in this build trains in that
  ///   precision.
  public init(
    trainingPrecision: Precision = .float32, multipliesTiles: Bool? = nil
  ) throws {
    openBLAS = try OpenBLASBackend()
    self.trainingPrecision = trainingPrecision
    #if OneDNN
      direct = try OneDNNBackend(trainingPrecision: trainingPrecision)
      self.multipliesTiles = multipliesTiles ?? OneDNNBackend.multipliesTiles
    #else
      direct = try EngineName.openblas.makeBackend(trainingPrecision: trainingPrecision)
      self.multipliesTiles = false
    #endif
  }

  /// Of both, or of OpenBLAS alone in a build without oneDNN.
  public var versions: String {
    direct.name == openBLAS.name
      ? openBLAS.versions : "\(openBLAS.versions); \(direct.versions)"
  }

  /// As the back end that the rule chooses; training is always `.full`.
  ///
  /// - Throws: As that back end.
  public func support(for operation: BackendOperation) throws -> Support {
    switch operation {
    case .inference(let request, let precision):
      let rule = AutoRule.inference(request, precision, multipliesTiles: multipliesTiles)
      return rule == .winograd
        ? .full : try backend(by: rule, for: operation).support(for: operation)
    case .training: return .full
    }
  }

  /// - Throws: As the back end that the rule chooses.
  public func pack<Element: ActivationElement>(
    _ request: ConvolutionRequest, of type: Element.Type
  ) throws -> any Convolution<Element> {
    let rule = AutoRule.inference(request, type.precision, multipliesTiles: multipliesTiles)
    if rule == .winograd { return WinogradConvolution<Element>(request) }
    return try backend(by: rule, for: .inference(request, type.precision)).pack(request, of: type)
  }

  /// - Throws: As the back end that the rule chooses for a part of the batch.
  public func run(_ pass: TrainingPass, context: ComputeContext) throws {
    let operation = BackendOperation.training(
      pass.geometry, images: max(pass.input.batch / TrainingPass.parts, 1),
      height: pass.input.height, width: pass.input.width)
    let rule = AutoRule.training(pass, trainingPrecision)
    try backend(by: rule, for: operation).run(pass, context: context)
  }

  private func backend(
    by rule: AutoRule, for operation: BackendOperation
  ) throws -> any Backend {
    switch rule {
    case .openBLAS, .winograd: openBLAS
    case .direct: direct
    case .directIfFast: try direct.support(for: operation) == .full ? direct : openBLAS
    }
  }
}
