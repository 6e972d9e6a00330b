import NeuralNetworks

extension Architecture {
  /// The different convolutions of the network with the size of their input, for benchmarks.
  ///
  /// - Throws: `UserError` when the graph asks for a tensor that its parameters don't list.
  public func convolutionShapes() throws -> [ConvolutionInstance] {
    let weights = try CheckedWeights(randomWeights(seed: 1), for: self, file: "random weights")
    var seen: Set<ConvolutionInstance> = []
    return try makeGraph(weights).convolutions(height: 224, width: 224)
      .filter { seen.insert($0).inserted }
  }
}
