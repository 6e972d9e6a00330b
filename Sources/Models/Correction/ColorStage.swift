import NeuralNetworks
import Tensors

/// Undoes the colour jitter by one 3×4 matrix an image: x ↦ A x + b for every pixel, predicted from
/// a small view of x_s and, where the configuration asks for it, from the histograms of x. It starts
/// as the identity, and cannot blur.
///
/// A view shows what is in the picture; histograms keep what averaging and resampling wipe out: where
/// the values are cut off, and to which grey black borders have moved.
///
/// Ours; the paper leaves all colour to the U-Net (section 3.2).
struct ColorStage {
  private let network: FeatureNetwork
  private let histogram: (bins: Int, layer: Linear)?
  private let scale: Float

  init(_ configuration: CorrectorConfiguration.Color, _ set: ParameterSet) {
    let units = CorrectorConfiguration.Color.histogramUnits
    histogram = configuration.histogram.map {
      ($0, Linear("color.histogram", in: 4 * $0, out: units, set))
    }
    network = FeatureNetwork(
      "color", configuration.features, joining: histogram == nil ? 0 : units, outputs: 12, set)
    scale = Float(configuration.scale)
  }

  /// The matrices `[N, 3, 4]` for images x_s `[N, H, W, 3]`.
  ///
  /// - Parameter original: x `[N, 256, 256, 3]`, as it was before the transformer.
  func matrix(
    _ tape: Tape, _ x: Variable, original: Variable, training: Bool
  ) throws -> Variable {
    let numbers = try histogram.map {
      try $0.layer(tape, try tape.colorHistogram(original, bins: $0.bins), relu: true)
    }
    let head = try network(tape, x, joining: numbers, training: training)
    let batch = x.shape[0]
    let identity = Tensor([batch, 12]) { memory in
      for index in 0..<memory.count { memory[index] = index % 12 % 5 == 0 ? 1 : 0 }
    }
    let matrix = try tape.add(tape.constant(identity), tape.multiply(head, by: scale))
    return try tape.reshape(matrix, [batch, 3, 4])
  }
}
