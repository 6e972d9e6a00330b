import Support

/// The back ends by the name that `--engine` takes.
public enum EngineName: String, CaseIterable, Sendable, Codable {
  case auto
  case onednn
  case openblas

  /// Whether anything here computes in bfloat16: oneDNN does, where the processor has AVX-512.
  public static let computesBfloat16: Bool = {
    #if OneDNN
      return OneDNNBackend.computesBfloat16
    #else
      return false
    #endif
  }()

  /// - Throws: `UserError` when nothing on this processor computes in the precision.
  public func check(_ precision: Precision) throws {
    guard precision == .bfloat16, self != .openblas else { return }
    #if OneDNN
      guard !OneDNNBackend.computesBfloat16 else { return }
      throw UserError(
        "bfloat16 needs a processor with AVX-512, which this one lacks",
        remedy: "use --precision float32")
    #endif
  }

  /// - Parameter trainingPrecision: of what convolutions read in training where they are computed
  ///   directly; their sums, and everything between convolutions, are float32 in any case.
  /// - Throws: `UserError` when the back end is not part of this build, its library is missing, or it
  ///   does not train in that precision.
  public func makeBackend(trainingPrecision: Precision = .float32) throws -> any Backend {
    switch self {
    case .auto: return try AutoBackend(trainingPrecision: trainingPrecision)
    case .openblas:
      guard trainingPrecision == .float32 else { throw OpenBLASBackend.onlyFloat32 }
      return try OpenBLASBackend()
    case .onednn:
      #if OneDNN
        return try OneDNNBackend(trainingPrecision: trainingPrecision)
      #else
        throw UserError("this program was built without oneDNN", remedy: "use --engine openblas")
      #endif
    }
  }
}
