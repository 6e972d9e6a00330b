import NeuralNetworks

/// Undoes the colour jitter by one 3×4 matrix an image: x ↦ A x + b for every pixel, predicted from
/// a small view of x_s and, where the configuration asks for it, from the histograms of x. It starts
/// as the identity, and cannot blur.
///
/// A view shows what is in the picture; histograms keep what averaging and resampling wipe out: where
/// the values are cut off, and to which grey black borders have moved.
///
/// Ours; the paper leaves all colour to the U-Net (section 3.2).
struct ColorStage: Sendable {
  private let network: FeatureNetwork
  private let bins: Int?
  private let scale: Float

  init(_ configuration: CorrectorConfiguration.Color) {
    network = FeatureNetwork("color", configuration.features, outputs: 12)
    bins = configuration.histogram
    scale = Float(configuration.scale)
  }

  /// The matrices of images x_s `[N, H, W, 3]`, `[N, 1, 1, 12]`: rows of 3×4.
  ///
  /// - Parameter original: x `[N, 256, 256, 3]`, as it was before the transformer.
  func matrix<C: Computation>(
    _ x: C.Value, original: C.Value, on c: C
  ) throws -> C.Value {
    let numbers = try bins.map { bins in
      try Linear("color.histogram", out: CorrectorConfiguration.Color.histogramUnits)(
        c.colorHistogram(original, bins: bins), relu: true, on: c)
    }
    return try c.scale(
      network(x, joining: numbers, on: c), by: scale, plus: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])
  }
}
