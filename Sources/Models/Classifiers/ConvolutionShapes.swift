import NeuralNetworks

extension Architecture {
  /// The different convolutions of the network with the size of their input, for benchmarks.
  public func convolutionShapes() throws -> [ConvolutionInstance] {
    var seen: Set<ConvolutionInstance> = []
    return try makeGraph().graph.convolutions.filter { seen.insert($0).inserted }
  }

  /// The least that the network costs for images of 224×224, for benchmarks.
  public func bound() throws -> NetworkBound { NetworkBound(try makeGraph().graph) }
}
