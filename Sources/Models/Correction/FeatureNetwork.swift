import NeuralNetworks

/// Predicts some numbers from a small view of an image: average pooling, convolutions
/// 3×3 with stride 2 and ReLU, one or two linear layers, the last of which starts with zeros.
///
/// The localisation network of the spatial transformer and the network of the colour stage. Numbers
/// from elsewhere can be concatenated before the linear layers.
struct FeatureNetwork {
  private let view: Int
  private let summary: CorrectorConfiguration.Summary
  private let blocks: [ConvolutionBlock]
  private let hidden: Linear?
  private let head: Linear

  init(
    _ name: String, _ configuration: CorrectorConfiguration.Features, inChannels: Int = 3,
    joining: Int = 0, outputs: Int, _ set: ParameterSet
  ) {
    view = configuration.view
    summary = configuration.summary
    var blocks: [ConvolutionBlock] = []
    var (channels, side) = (inChannels, configuration.view)
    for (index, width) in configuration.widths.enumerated() {
      blocks.append(
        ConvolutionBlock(
          "\(name).convolutions.\(index)", norm: "\(name).norms.\(index)", in: channels,
          out: width, kernel: index == 0 ? configuration.firstKernel : 3, stride: 2,
          normalization: configuration.normalization, set))
      (channels, side) = (width, (side + 1) / 2)
    }
    self.blocks = blocks
    let features =
      joining + (summary == .flatten ? channels * side * side : 2 * channels + 2 * inChannels)
    hidden = configuration.hidden.map {
      Linear("\(name).hidden", in: features, out: $0, set)
    }
    head = Linear(
      "\(name).head", in: configuration.hidden ?? features, out: outputs, zero: true, set)
  }

  /// `[N, H, W, C]` and, where they were announced, numbers `[N, joining]` → `[N, outputs]`.
  func callAsFunction(
    _ tape: Tape, _ x: Variable, joining numbers: Variable? = nil, training: Bool
  ) throws -> Variable {
    let seen = try tape.adaptiveAveragePool(x, height: view, width: view)
    var features = seen
    for block in blocks { features = try block(tape, features, training: training) }
    var flat = try tape.flatten(
      summary == .flatten ? features : try summarised(tape, features, seen: seen))
    if let numbers {
      let row = { (v: Variable) in try tape.reshape(v, [v.shape[0], 1, 1, v.shape[1]]) }
      flat = try tape.flatten(try tape.concatenate(try row(flat), try row(numbers)))
    }
    if let hidden { flat = try hidden(tape, flat, relu: true) }
    return try head(tape, flat)
  }

  /// `[N, 1, 1, 2 C + 2 in]`: means, maxima, and the view's means and deviations.
  private func summarised(
    _ tape: Tape, _ features: Variable, seen: Variable
  ) throws -> Variable {
    let side = features.shape[1]
    let deviation = try tape.reshape(
      try tape.channelDeviation(seen), [seen.shape[0], 1, 1, seen.shape[3]])
    return try tape.concatenate(
      try tape.concatenate(
        try tape.adaptiveAveragePool(features), try tape.maxPool(features, size: side, stride: side)
      ),
      try tape.concatenate(try tape.adaptiveAveragePool(seen), deviation))
  }
}
