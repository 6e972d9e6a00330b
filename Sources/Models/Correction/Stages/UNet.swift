import NeuralNetworks

/// The U-Net of Ronneberger et al. (2015, figure 1) with padded convolutions: `depth` halvings by 2×2
/// max pooling, as many transposed convolutions back, two 3×3 blocks on each level, skip connections
/// by concatenation, and a 1×1 convolution at the end. Channels double with each halving.
struct UNet: Sendable {
  private let name: String
  private let outChannels: Int
  private let settings: CorrectorConfiguration.UNet

  init(_ name: String, outChannels: Int, _ settings: CorrectorConfiguration.UNet) {
    self.name = name
    self.outChannels = outChannels
    self.settings = settings
  }

  /// `[N, H, W, in]` → `[N, H, W, out]`; H and W must be multiples of 2^depth.
  func callAsFunction<C: Computation>(_ input: C.Value, on c: C) throws -> C.Value {
    var x = input
    var skips: [C.Value] = []
    for level in 0...settings.depth {
      if level > 0 { x = try c.maxPool(x, Pooling(size: 2, stride: 2)) }
      x = try pair("down.\(level)", x, out: settings.width << level, on: c)
      if level < settings.depth { skips.append(x) }
    }
    for level in 0..<settings.depth {
      let width = settings.width << (settings.depth - 1 - level)
      // Only the concatenation stays: the blocks after it are where training needs the most memory.
      x = try c.concatenate([
        skips.removeLast(), ConvTranspose2d("\(name).up.\(level)", out: width)(x, on: c),
      ])
      x = try pair("merge.\(level)", x, out: width, on: c)
    }
    return try Conv2d(
      "\(name).out", out: outChannels, kernel: 1, startsAtZero: settings.startsAsIdentity)(
        x, on: c)
  }

  /// Two blocks; the numbers are places in `torch.nn.Sequential(conv, norm, relu, conv, norm, relu)`.
  private func pair<C: Computation>(
    _ part: String, _ x: C.Value, out: Int, on c: C
  ) throws -> C.Value {
    try [0, 3].reduce(x) { x, place in
      try ConvolutionBlock(
        "\(name).\(part).\(place)", norm: "\(name).\(part).\(place + 1)", out: out,
        normalization: settings.normalization)(x, on: c)
    }
  }
}
