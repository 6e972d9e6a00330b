import NeuralNetworks

/// Looks at a small view of an image and says some numbers about it: average pooling, convolutions
/// 3×3 with stride 2 and ReLU, one or two linear layers, the last of which starts with zeros.
///
/// The localisation network of the spatial transformer and the network of the colour stage.
struct FeatureNetwork {
  private let view: Int
  private let blocks: [ConvolutionBlock]
  private let hidden: Linear?
  private let head: Linear

  init(
    _ name: String, _ configuration: CorrectorConfiguration.Features, inChannels: Int = 3,
    outputs: Int, _ set: ParameterSet
  ) {
    view = configuration.view
    var blocks: [ConvolutionBlock] = []
    var (channels, side) = (inChannels, configuration.view)
    for (index, width) in configuration.widths.enumerated() {
      blocks.append(
        ConvolutionBlock(
          "\(name).convolutions.\(index)", norm: "\(name).norms.\(index)", in: channels,
          out: width, stride: 2, normalization: configuration.normalization, set))
      (channels, side) = (width, (side + 1) / 2)
    }
    self.blocks = blocks
    let features = channels * side * side
    hidden = configuration.hidden.map {
      Linear("\(name).hidden", in: features, out: $0, set)
    }
    head = Linear(
      "\(name).head", in: configuration.hidden ?? features, out: outputs, zero: true, set)
  }

  /// `[N, H, W, C]` → `[N, outputs]`.
  func callAsFunction(_ tape: Tape, _ x: Variable, training: Bool) throws -> Variable {
    var features = try tape.adaptiveAveragePool(x, height: view, width: view)
    for block in blocks { features = try block(tape, features, training: training) }
    var flat = try tape.flatten(features)
    if let hidden { flat = try hidden(tape, flat, relu: true) }
    return try head(tape, flat)
  }
}
