import NeuralNetworks
import Tensors

/// Undoes the colour jitter by one 3×4 matrix an image: x ↦ A x + b for every pixel, predicted from
/// a small view. It starts as the identity, and cannot blur.
///
/// Ours; the paper leaves all colour to the U-Net (section 3.2).
struct ColorStage {
  private let network: FeatureNetwork
  private let scale: Float

  init(_ configuration: CorrectorConfiguration.Color, _ set: ParameterSet) {
    network = FeatureNetwork("color", configuration.features, outputs: 12, set)
    scale = Float(configuration.scale)
  }

  /// The matrices `[N, 3, 4]` for images `[N, H, W, 3]`.
  func matrix(_ tape: Tape, _ x: Variable, training: Bool) throws -> Variable {
    let head = try network(tape, x, training: training)
    let batch = x.shape[0]
    let identity = Tensor([batch, 12]) { memory in
      for index in 0..<memory.count { memory[index] = index % 12 % 5 == 0 ? 1 : 0 }
    }
    let matrix = try tape.add(tape.constant(identity), tape.multiply(head, by: scale))
    return try tape.reshape(matrix, [batch, 3, 4])
  }
}
