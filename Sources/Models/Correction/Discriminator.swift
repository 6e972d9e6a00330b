import NeuralNetworks

/// D (paper, section 3.3): three blocks of convolution → ReLU → batch norm, then one linear layer
/// for real or fake. Stride 2 and the widths are our choice; the paper does not state them.
public final class Discriminator {
  /// Under PyTorch's names.
  public let parameters: ParameterSet
  private let network: DiscriminatorNetwork
  private let input: FeatureShape

  /// - Parameters:
  ///   - widths: channels of the three blocks.
  ///   - side: height and width of the images.
  /// - Throws: `UserError` when the images are too small for so many blocks.
  public init(widths: [Int], side: Int = Corrector.outputSide, seed: UInt64) throws {
    network = DiscriminatorNetwork(widths: widths)
    input = FeatureShape(height: side, width: side, channels: 3)
    let graph = InferenceGraph(input)
    _ = try network(graph.input, on: graph)
    parameters = ParameterSet(graph.parameters, seed: seed)
  }

  /// Logits `[N, 1]`, positive for real, of normalised images `[N, side, side, 3]`.
  ///
  /// - Throws: `UserError` when the shape does not fit or the back end fails.
  public func logits(_ tape: Tape, _ images: Variable, training: Bool) throws -> Variable {
    let logits = try network(images, on: Tape(tape, parameters, isTraining: training))
    return try tape.reshape(logits, [images.shape[0], 1])
  }
}

/// Images → logits `[N, 1, 1, 1]`. The numbers are places in `torch.nn.Sequential(conv, relu, norm, …)`.
private struct DiscriminatorNetwork: Network {
  let widths: [Int]

  func callAsFunction<C: Computation>(_ images: C.Value, on c: C) throws -> C.Value {
    var x = images
    for (index, width) in widths.enumerated() {
      let convolution = Conv2d(
        "layers.\(3 * index)", out: width, kernel: 3, stride: 2, padding: 1)
      x = try BatchNorm2d("layers.\(3 * index + 2)")(convolution(x, relu: true, on: c), on: c)
    }
    return try Linear("layers.\(3 * widths.count + 1)", out: 1)(c.flatten(x), on: c)
  }
}
