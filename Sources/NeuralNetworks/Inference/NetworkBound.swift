/// The least that a network costs for a batch, layer by layer, by the methods of the back end
/// `openblas` (Winograd for 3×3): products at the processor's peak, and weights read once, whichever
/// takes longer. Transforms, activations and poolings are not counted.
public struct NetworkBound: Sendable {
  /// Of each layer: multiplications and additions for one image, and bytes of weights.
  private let layers: [(operations: Double, weightBytes: Double)]

  /// - Parameters:
  ///   - height: of the images.
  ///   - width: of the images.
  public init(_ graph: InferenceGraph, height: Int, width: Int) {
    let sizes = graph.nodes.sizes(height: height, width: width)
    layers = graph.operations.compactMap { operation in
      switch operation {
      case .convolution(let geometry, _, _, _, let x, _):
        let size = sizes[x.index]
        return OpenBLASBackend.cost(of: geometry, height: size.height, width: size.width)
      case .linear(let weights, _, _, _, _):
        return (2 * Double(weights.count), 4 * Double(weights.count))
      case .transposedConvolution(let weights, _, let x):
        let size = sizes[x.index]
        return (
          2 * Double(size.height * size.width * weights.count), 4 * Double(weights.count)
        )
      case .input, .maxPool, .averagePool, .concatenation: return nil
      }
    }
  }

  /// Multiplications and additions for one image.
  public var operations: Double { layers.reduce(0) { $0 + $1.operations } }

  /// Bytes of weights as the methods want them.
  public var weightBytes: Double { layers.reduce(0) { $0 + $1.weightBytes } }

  /// Seconds that one image takes at least.
  ///
  /// - Parameters:
  ///   - batch: images that weights are read for.
  ///   - operationsPerSecond: the processor's peak.
  ///   - bytesPerSecond: what memory delivers.
  public func secondsPerImage(
    batch: Int, operationsPerSecond: Double, bytesPerSecond: Double
  ) -> Double {
    layers.reduce(0) { sum, layer in
      sum
        + max(
          layer.operations / operationsPerSecond,
          layer.weightBytes / bytesPerSecond / Double(max(batch, 1)))
    }
  }
}
