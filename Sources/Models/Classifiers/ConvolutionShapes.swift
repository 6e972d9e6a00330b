import NeuralNetworks

extension Architecture {
  /// The different convolutions of the network with the size of their input, for benchmarks.
  ///
  /// - Throws: `UserError` when the graph asks for a tensor that its parameters don't list.
  public func convolutionShapes() throws -> [ConvolutionInstance] {
    var seen: Set<ConvolutionInstance> = []
    return try randomGraph().convolutions(height: 224, width: 224)
      .filter { seen.insert($0).inserted }
  }

  /// The least that the network costs for images of 224×224, for benchmarks.
  ///
  /// - Throws: `UserError` when the graph asks for a tensor that its parameters don't list.
  public func bound() throws -> NetworkBound {
    NetworkBound(try randomGraph(), height: 224, width: 224)
  }

  private func randomGraph() throws -> InferenceGraph {
    try makeGraph(
      CheckedWeights(randomWeights(seed: 1), for: self, file: "random weights"))
  }
}
