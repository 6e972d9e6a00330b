import NeuralNetworks

extension Architecture {
  /// The different convolutions of the network with the size of their input, for benchmarks.
  ///
  /// - Throws: `UserError` when the graph asks for a tensor that its parameters don't list.
  public func convolutionShapes() throws -> [ConvolutionInstance] {
    var seen: Set<ConvolutionInstance> = []
    return try randomGraph().convolutions(
      height: Self.inputSize.height, width: Self.inputSize.width
    )
    .filter { seen.insert($0).inserted }
  }

  /// The least that the network costs for images of 224×224, for benchmarks.
  ///
  /// - Throws: `UserError` when the graph asks for a tensor that its parameters don't list.
  public func bound() throws -> NetworkBound {
    NetworkBound(try randomGraph(), height: Self.inputSize.height, width: Self.inputSize.width)
  }

  private func randomGraph() throws -> InferenceGraph {
    try makeGraph(
      CheckedWeights(randomWeights(seed: 1), for: self, file: "random weights"))
  }
}
