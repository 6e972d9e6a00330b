import NeuralNetworks
import Tensors

/// The spatial transformer of the paper (section 2.2; Jaderberg et al., 2015): localisation network
/// → affine grid → sampler, on 256×256.
///
/// θ = identity + scale · head: with a head that starts at zero and a scale of 0.1 the network
/// starts as the identity and moves gently.
struct SpatialTransformer {
  private let localisation: FeatureNetwork
  private let scale: Float

  init(_ configuration: CorrectorConfiguration.Transformer, _ set: ParameterSet) {
    localisation = FeatureNetwork(
      "transformer.localisation", configuration.localisation, outputs: 6, set)
    scale = Float(configuration.scale)
  }

  /// θ `[N, 2, 3]` of images `[N, H, W, 3]`, from output to input in coordinates −1…1
  /// (`torch.nn.functional.affine_grid`, `align_corners=False`).
  func theta(_ tape: Tape, _ x: Variable, training: Bool) throws -> Variable {
    let head = try localisation(tape, x, training: training)
    let batch = x.shape[0]
    let identity = Tensor([batch, 6]) { memory in
      for index in 0..<memory.count { memory[index] = index % 6 == 0 || index % 6 == 4 ? 1 : 0 }
    }
    let theta = try tape.add(tape.constant(identity), tape.multiply(head, by: scale))
    return try tape.reshape(theta, [batch, 2, 3])
  }

  /// The images as θ sees them, `[N, H, W, 3]`; what lies outside is 0, the mean colour.
  func sample(
    _ tape: Tape, _ x: Variable, theta: Variable, sampling: Sampling
  ) throws -> Variable {
    let grid = try tape.affineGrid(theta, height: x.shape[1], width: x.shape[2])
    return try tape.gridSample(x, grid: grid, sampling: sampling)
  }
}
