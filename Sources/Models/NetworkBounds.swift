import NeuralNetworks

extension Architecture {
  /// The least that the network costs for images of 224×224, for benchmarks.
  ///
  /// - Throws: `UserError` when the graph asks for a tensor that its parameters don't list.
  public func bound() throws -> NetworkBound {
    let weights = try CheckedWeights(randomWeights(seed: 1), for: self, file: "random weights")
    return NetworkBound(try makeGraph(weights), height: 224, width: 224)
  }
}

extension Corrector {
  /// The least that the U-Net, nearly all of G's work, costs for an image; `nil` without one.
  ///
  /// - Throws: `UserError` when a running variance is negative.
  public func unetBound() throws -> NetworkBound? {
    try unetGraph().map { NetworkBound($0, height: Self.outputSide, width: Self.outputSide) }
  }
}
