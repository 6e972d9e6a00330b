import NeuralNetworks
import Tensors

/// The U-Net made ready for inference, for as long as its parameters stay as they are.
struct PreparedUNet {
  private let network: InferenceNetwork
  private let versions: [Int]
  private let backend: String
  private let context: ComputeContext

  /// - Throws: `UserError` when a running variance is negative or the back end cannot do it.
  init(_ unet: UNet, inChannels: Int, parameters: ParameterSet, tape: Tape) throws {
    network = try InferenceNetwork(
      try unet.makeGraph(inChannels: inChannels), backend: tape.backend,
      context: tape.context)
    versions = parameters.versions
    backend = tape.backend.name
    context = tape.context
  }

  /// Whether nothing changed that it was made from.
  func isCurrent(_ parameters: ParameterSet, _ tape: Tape) -> Bool {
    context === tape.context && backend == tape.backend.name && versions == parameters.versions
  }

  /// `[N, H, W, in]` → `[N, H, W, 3]`.
  func callAsFunction(_ x: Tensor) throws -> Tensor { try network(x) }
}

extension ParameterSet {
  /// How often each value has changed.
  fileprivate var versions: [Int] {
    parameters.map(\.version) + statistics.map(\.values.version)
  }
}
