/// What an operation of a graph computes, for those who have it computed elsewhere: an export to another
/// program's format.
package enum GraphFunction: Sendable {
  /// The images.
  case input
  /// relu?(conv(x) + bias); weight `[out, in / groups, kh, kw]`.
  case convolution(
    weight: Parameter, bias: Parameter?, stride: Int, padding: Int, groups: Int, relu: Bool)
  /// relu?(batch_norm(x)) by the running statistics.
  case batchNorm(BatchNorm2d.Parameters, relu: Bool)
  /// relu?(x · weightᵀ + bias) of vectors; weight `[out, in]`.
  case linear(weight: Parameter, bias: Parameter, relu: Bool)
  /// `torch.nn.ConvTranspose2d(in, out, 2, stride=2)`; weight `[in, out, 2, 2]`.
  case transposedConvolution2x2(weight: Parameter, bias: Parameter)
  /// The largest of each window.
  case maxPool(Pooling)
  /// The means of windows, the products of these rows and columns.
  case averagePool(rows: [Range<Int>], columns: [Range<Int>])
  /// relu?(a + b).
  case add(relu: Bool)
  /// a / b.
  case divide
  /// factor · x + offset of vectors.
  case scale(by: Float, plus: [Float])
  /// See `Computation.snap`.
  case snap(to: [Float], measures: [[Float]], divisors: [[Float]], tolerance: Float)
  /// The same values, from here on in another precision; nothing where all is float32.
  case cast
  /// The channels of all inputs, one after the other.
  case concatenate
  /// Some of the channels.
  case channels(Range<Int>)
  /// The part of the result's size whose upper left pixel this is.
  case crop(top: Int, left: Int)
  /// `torch.flatten(x, 1)`.
  case flatten
  /// Vectors as constant planes of the result's size.
  case planes
  /// `x.std((2, 3))`.
  case channelDeviation
  /// See `Computation.colorHistogram`.
  case colorHistogram(bins: Int)
  /// Each pixel p of the first input as matrix · (p, 1), with the second's 3×4 matrices.
  case colorMatrix
  /// `torch.nn.PixelShuffle`.
  case pixelShuffle(by: Int)
  /// `torch.nn.PixelUnshuffle`.
  case pixelUnshuffle(by: Int)
  /// The first input as the second, θ, sees it; see `Computation.sample`.
  case sample(Sampling)
}

/// An operation of a graph, as the network's definition has it.
package struct RecordedOperation: Sendable {
  /// What it computes.
  package let function: GraphFunction
  /// The places of the operations that it reads.
  package let inputs: [Int]
  /// Of one image's result.
  package let shape: FeatureShape
}

/// A network as its definition has it.
package struct RecordedNetwork: Sendable {
  /// In order, the images first; none is fused with another.
  package let operations: [RecordedOperation]
  /// The place of the operation whose result is the network's.
  package let output: Int

  /// The images that it is made for.
  package var inputShape: FeatureShape { operations[0].shape }
  /// Of one image's result.
  package var outputShape: FeatureShape { operations[output].shape }
}

extension InferenceGraph {
  /// The network whose result is a value of this graph.
  package func recorded(_ output: Value) -> RecordedNetwork {
    let operations = nodes.map { node in
      RecordedOperation(
        function: node.operation.function(of: node.inputs.map { nodes[$0].shape }),
        inputs: node.inputs, shape: node.shape)
    }
    return RecordedNetwork(operations: operations, output: output.index)
  }
}
