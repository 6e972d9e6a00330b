import NeuralNetworks

/// The U-Net of Ronneberger et al. (2015) with padded convolutions: `depth` halvings by 2×2 max
/// pooling, as many transposed convolutions back, two 3×3 blocks on each level, skip connections by
/// concatenation, and a 1×1 convolution at the end. Channels double with each halving.
struct UNet {
  private let down: [[ConvolutionBlock]]
  private let up: [ConvTranspose2d]
  private let merge: [[ConvolutionBlock]]
  private let out: Conv2d

  init(
    _ name: String, inChannels: Int, outChannels: Int,
    _ configuration: CorrectorConfiguration.Residual, _ set: ParameterSet
  ) {
    let widths = (0...configuration.depth).map { configuration.width << $0 }
    func pair(_ name: String, in channels: Int, out: Int) -> [ConvolutionBlock] {
      [(0, channels), (3, out)].map { place, inputs in
        // The places in `torch.nn.Sequential(conv, norm, relu, conv, norm, relu)`.
        ConvolutionBlock(
          "\(name).\(place)", norm: "\(name).\(place + 1)", in: inputs, out: out,
          normalization: configuration.normalization, set)
      }
    }
    down = zip([inChannels] + widths, widths).enumerated().map { level, channels in
      pair("\(name).down.\(level)", in: channels.0, out: channels.1)
    }
    let ascending = Array(widths.dropLast().reversed())
    up = ascending.enumerated().map { level, width in
      ConvTranspose2d("\(name).up.\(level)", in: 2 * width, out: width, set)
    }
    merge = ascending.enumerated().map { level, width in
      pair("\(name).merge.\(level)", in: 2 * width, out: width)
    }
    out = Conv2d(
      "\(name).out", in: configuration.width, out: outChannels, kernel: 1,
      zero: configuration.startsAsIdentity, set)
  }

  /// `[N, H, W, in]` → `[N, H, W, out]`; H and W must be multiples of 2^depth.
  func callAsFunction(_ tape: Tape, _ input: Variable, training: Bool) throws -> Variable {
    var x = input
    var skips: [Variable] = []
    for (level, blocks) in down.enumerated() {
      if level > 0 { x = try tape.maxPool2x2(x) }
      for block in blocks { x = try block(tape, x, training: training) }
      if level < down.count - 1 { skips.append(x) }
    }
    for (transposed, blocks) in zip(up, merge) {
      guard let skip = skips.popLast() else { break }
      x = try tape.concatenate(skip, try transposed(tape, x))
      for block in blocks { x = try block(tape, x, training: training) }
    }
    return try out(tape, x)
  }

  /// The network for inference, batch norms folded into the convolutions; it reads
  /// `[N, H, W, inChannels]`.
  ///
  /// - Throws: `UserError` when a running variance is negative.
  func makeGraph(inChannels: Int) throws -> InferenceGraph {
    let graph = InferenceGraph(
      inputChannels: inChannels, usualSize: (Corrector.outputSide, Corrector.outputSide))
    var x = graph.input
    var skips: [InferenceGraph.Value] = []
    for (level, blocks) in down.enumerated() {
      if level > 0 { x = graph.maxPool(x, size: 2, stride: 2) }
      for block in blocks { x = try block.append(to: graph, x) }
      if level < down.count - 1 { skips.append(x) }
    }
    for (transposed, blocks) in zip(up, merge) {
      guard let skip = skips.popLast() else { break }
      x = graph.concatenation([skip, transposed.append(to: graph, x)])
      for block in blocks { x = try block.append(to: graph, x) }
    }
    _ = try out.append(to: graph, x)
    return graph
  }
}
