extension [InferenceGraph.Node] {
  /// The graph with fewer and larger operations that computes the same but for the last bits. Values
  /// keep their places; those that vanish are marked as fused.
  ///
  /// - Parameter kept: values that are asked for, and so must be stored.
  func optimized(keeping kept: Set<Int>) -> [InferenceGraph.Node] {
    var nodes = self
    for index in nodes.indices {
      nodes.foldBatchNorm(at: index, kept)
      nodes.fuseSum(at: index, kept)
      nodes.fuseFlatten(at: index, kept)
      nodes.fuseCrop(at: index, kept)
      nodes.spliceConcatenation(at: index, kept)
    }
    return nodes
  }

  /// The graph where nothing is to be cast, since all of it is float32. A cast stays, as a copy, where
  /// it is asked for or is a part of a concatenation, which has to be a value of its own.
  ///
  /// - Parameter kept: values that are asked for, and so must be stored.
  func withoutCasts(keeping kept: Set<Int>) -> [InferenceGraph.Node] {
    var nodes = self
    for index in nodes.indices
    where nodes[index].operation is CastOperation && !kept.contains(index)
      && !nodes.contains(where: { $0.operation.isConcatenation && $0.inputs.contains(index) })
    {
      let source = nodes[index].inputs[0]
      for reader in nodes.indices {
        nodes[reader].inputs = nodes[reader].inputs.map { $0 == index ? source : $0 }
      }
      nodes.drop(index)
    }
    return nodes
  }

  /// The operation of the value at `source`, if one operation alone reads it.
  private func soleSource<Operation>(
    _ source: Int, _ kept: Set<Int>, as type: Operation.Type
  ) -> Operation? {
    guard !kept.contains(source), isReadOnce(source) else { return nil }
    return self[source].operation as? Operation
  }

  /// Puts an operation that reads what `source` read in the place of the one that reads `source`.
  private mutating func fuse(
    _ source: Int, into index: Int, as operation: any GraphOperation
  ) {
    self[index].operation = operation
    self[index].inputs = self[source].inputs
    drop(source)
  }

  private mutating func drop(_ source: Int) {
    self[source].isFused = true
    self[source].inputs = []
    self[source].residual = nil
  }

  /// convolution → batch norm becomes one convolution.
  private mutating func foldBatchNorm(at index: Int, _ kept: Set<Int>) {
    guard let norm = self[index].operation as? BatchNormOperation else { return }
    let source = self[index].inputs[0]
    guard var convolution = soleSource(source, kept, as: ConvolutionOperation.self),
      convolution.norm == nil, !convolution.relu, self[source].residual == nil
    else { return }
    convolution.norm = norm.norm
    convolution.relu = norm.relu
    fuse(source, into: index, as: convolution)
  }

  /// convolution, then a sum with what was there before it, becomes one convolution.
  private mutating func fuseSum(at index: Int, _ kept: Set<Int>) {
    guard let sum = self[index].operation as? AddOperation else { return }
    let terms = self[index].inputs
    for (source, other) in [(terms[0], terms[1]), (terms[1], terms[0])] where source != other {
      guard var convolution = soleSource(source, kept, as: ConvolutionOperation.self),
        !convolution.relu, self[source].residual == nil
      else { continue }
      convolution.relu = sum.relu
      self[index].residual = other
      return fuse(source, into: index, as: convolution)
    }
  }

  /// A linear layer reads activations in PyTorch's order itself.
  private mutating func fuseFlatten(at index: Int, _ kept: Set<Int>) {
    guard var linear = self[index].operation as? LinearOperation else { return }
    let source = self[index].inputs[0]
    guard soleSource(source, kept, as: FlattenOperation.self) != nil else { return }
    linear.flattens = true
    fuse(source, into: index, as: linear)
  }

  /// Only what a crop leaves is sampled.
  private mutating func fuseCrop(at index: Int, _ kept: Set<Int>) {
    guard let crop = self[index].operation as? CropOperation else { return }
    let source = self[index].inputs[0]
    guard var sample = soleSource(source, kept, as: SampleOperation.self), sample.crop == nil
    else { return }
    sample.crop = (crop.height, crop.width)
    fuse(source, into: index, as: sample)
  }

  /// A concatenation within a concatenation is one.
  private mutating func spliceConcatenation(at index: Int, _ kept: Set<Int>) {
    guard self[index].operation is ConcatenationOperation else { return }
    self[index].inputs = self[index].inputs.flatMap { source -> [Int] in
      guard soleSource(source, kept, as: ConcatenationOperation.self) != nil else {
        return [source]
      }
      let parts = self[source].inputs
      drop(source)
      return parts
    }
  }

  /// A concatenation that one operation alone reads need not be stored where that reads the parts.
  mutating func fuseConcatenation(into index: Int, _ kept: Set<Int>) {
    let source = self[index].inputs[0]
    guard soleSource(source, kept, as: ConcatenationOperation.self) != nil else { return }
    self[index].inputs = self[source].inputs
    drop(source)
  }

  /// The convolution before a max pooling that may be computed with it.
  func fusible(pooling index: Int, _ kept: Set<Int>) -> (source: Int, ConvolutionOperation)? {
    let source = self[index].inputs[0]
    guard self[source].residual == nil,
      let convolution = soleSource(source, kept, as: ConvolutionOperation.self)
    else { return nil }
    return (source, convolution)
  }
}
