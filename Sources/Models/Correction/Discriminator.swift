import NeuralNetworks

/// D (paper, section 3.3): three blocks of convolution → ReLU → batch norm, then one linear layer
/// for real or fake. Stride 2 and the widths are our choice; the paper does not state them.
public final class Discriminator {
  /// Under PyTorch's names.
  public let parameters: ParameterSet
  private let blocks: [(convolution: Conv2d, norm: BatchNorm2d)]
  private let head: Linear

  /// - Parameters:
  ///   - widths: channels of the three blocks.
  ///   - side: height and width of the images.
  public init(widths: [Int], side: Int = 224, seed: UInt64) {
    let set = ParameterSet(seed: seed)
    var blocks: [(convolution: Conv2d, norm: BatchNorm2d)] = []
    var (channels, length) = (3, side)
    for (index, width) in widths.enumerated() {
      // The places in `torch.nn.Sequential(conv, relu, norm, …)`.
      let convolution = Conv2d(
        "layers.\(3 * index)", in: channels, out: width, kernel: 3, stride: 2, padding: 1, set)
      blocks.append(
        (convolution, BatchNorm2d("layers.\(3 * index + 2)", channels: width, set)))
      (channels, length) = (width, (length + 1) / 2)
    }
    self.blocks = blocks
    head = Linear(
      "layers.\(3 * widths.count + 1)", in: channels * length * length, out: 1, set)
    parameters = set
  }

  /// Logits `[N, 1]`, positive for real, of normalised images `[N, side, side, 3]`.
  ///
  /// - Throws: `UserError` when the shape does not fit or the engine fails.
  public func logits(_ tape: Tape, _ images: Variable, training: Bool) throws -> Variable {
    var x = images
    for block in blocks {
      x = try block.norm(tape, try block.convolution(tape, x, relu: true), training: training)
    }
    return try head(tape, try tape.flatten(x))
  }
}
