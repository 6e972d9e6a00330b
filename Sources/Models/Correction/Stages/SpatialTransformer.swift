import NeuralNetworks

/// The spatial transformer of the paper (section 2.2; Jaderberg et al., 2015): localisation network
/// → affine grid → sampler, on 256×256.
///
/// θ = identity + scale · head: with a head that starts at zero and a scale of 0.1 the network
/// starts as the identity and moves gently.
struct SpatialTransformer: Sendable {
  private let localisation: FeatureNetwork
  private let scale: Float

  init(_ configuration: CorrectorConfiguration.Transformer) {
    localisation = FeatureNetwork(
      "transformer.localisation", configuration.localisation, outputs: 6)
    scale = Float(configuration.scale)
  }

  /// θ of images `[N, H, W, 3]`, `[N, 1, 1, 6]`: the rows of a 2×3 matrix from output to input in
  /// coordinates −1…1 (`torch.nn.functional.affine_grid`, `align_corners=False`).
  func theta<C: Computation>(_ x: C.Value, on c: C) throws -> C.Value {
    try c.scale(localisation(x, on: c), by: scale, plus: [1, 0, 0, 0, 1, 0])
  }
}
