/// The least that a network costs for a batch, layer by layer, by the methods of the engine
/// `openblas` (Winograd for 3×3): products at the processor's peak, and weights read once, whichever
/// takes longer. Transforms, activations and poolings are not counted.
public struct NetworkBound: Sendable {
  private let layers: [LayerWork]

  /// The bound for images of the size that the graph is made for.
  public init(_ graph: InferenceGraph) {
    layers = graph.nodes.compactMap { node in
      node.operation.work(node.inputs.map { graph.nodes[$0].shape })
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
