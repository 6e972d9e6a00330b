import NeuralNetworks

/// Predicts some numbers from a small view of an image: average pooling, convolutions
/// 3×3 with stride 2 and ReLU, one or two linear layers, the last of which starts with zeros.
///
/// The localisation network of the spatial transformer and the network of the colour stage. Numbers
/// from elsewhere can be concatenated before the linear layers.
struct FeatureNetwork: Sendable {
  private let name: String
  private let configuration: CorrectorConfiguration.Features
  private let outputs: Int

  init(_ name: String, _ configuration: CorrectorConfiguration.Features, outputs: Int) {
    self.name = name
    self.configuration = configuration
    self.outputs = outputs
  }

  /// `[N, H, W, C]` and, if given, numbers `[N, 1, 1, joining]` → `[N, 1, 1, outputs]`.
  func callAsFunction<C: Computation>(
    _ x: C.Value, joining numbers: C.Value? = nil, on c: C
  ) throws -> C.Value {
    let seen = try c.averagePool(x, toHeight: configuration.view, width: configuration.view)
    var features = seen
    for (index, width) in configuration.widths.enumerated() {
      features = try ConvolutionBlock(
        "\(name).convolutions.\(index)", norm: "\(name).norms.\(index)", out: width,
        kernel: index == 0 ? configuration.firstKernel : 3, stride: 2,
        normalization: configuration.normalization)(features, on: c)
    }
    var flat = try c.flatten(
      configuration.summary == .flatten ? features : summarised(features, seen: seen, on: c))
    if let numbers { flat = try c.concatenate([flat, numbers]) }
    if let hidden = configuration.hidden {
      flat = try Linear("\(name).hidden", out: hidden)(flat, relu: true, on: c)
    }
    return try Linear("\(name).head", out: outputs, startsAtZero: true)(flat, on: c)
  }

  /// Means, maxima, and the view's means and deviations: `[N, 1, 1, 2 C + 2 in]`.
  private func summarised<C: Computation>(
    _ features: C.Value, seen: C.Value, on c: C
  ) throws -> C.Value {
    let side = try c.shape(of: features).height
    return try c.concatenate([
      c.averagePool(features, toHeight: 1, width: 1),
      c.maxPool(features, Pooling(size: side, stride: side)),
      c.averagePool(seen, toHeight: 1, width: 1), c.channelDeviation(seen),
    ])
  }
}
