import Tensors

/// The filters of a convolution in groups, each of which leads from its own channels of the input to its own
/// of the output: `[out, in / groups, kh, kw]`, as `torch.nn.Conv2d(groups:)` has them.
enum GroupedFilters {
  /// The same as one group, `[out, in, kh, kw]`: zeros lead from the other groups' channels.
  static func dense(_ filters: Tensor, groups: Int) -> Tensor {
    var shape = filters.shape
    let (own, perGroup) = (filters.count / max(shape[0], 1), shape[0] / groups)
    shape[1] *= groups
    let source = filters.storage
    return Tensor(shape) { memory in
      memory.update(repeating: 0)
      guard let start = memory.baseAddress else { return }
      for out in 0..<shape[0] {
        (start + out * own * groups + out / perGroup * own)
          .update(from: source.pointer + out * own, count: own)
      }
    }
  }

  /// Of filters as one group, or their gradient, those that belong to groups.
  static func groups(of dense: Tensor, _ groups: Int) -> Tensor {
    var shape = dense.shape
    shape[1] /= groups
    let (own, perGroup) = (dense.count / max(shape[0] * groups, 1), shape[0] / groups)
    let source = dense.storage
    return Tensor(shape) { memory in
      guard let start = memory.baseAddress else { return }
      for out in 0..<shape[0] {
        (start + out * own)
          .update(from: source.pointer + out * own * groups + out / perGroup * own, count: own)
      }
    }
  }
}

extension ConvolutionRequest {
  /// The least channels of a convolution that fill vectors and tiles.
  private static let leastChannels = 32

  /// The convolutions that this one in groups consists of, whose channels follow each other: groups of few
  /// channels together, with zeros between them, as products of a few channels take longer than larger ones.
  func parts(groups: Int) -> [ConvolutionRequest] {
    guard groups > 1 else { return [self] }
    let together =
      (1...groups).first {
        groups % $0 == 0 && $0 * geometry.inChannels >= Self.leastChannels
      } ?? groups
    let (out, filters) = (geometry.outChannels * together, weights.elements)
    let count = filters.count / (groups / together)
    return (0..<groups / together).map { part in
      let own = Tensor([out] + weights.shape.dropFirst()) { memory in
        _ = memory.update(fromContentsOf: filters[part * count..<(part + 1) * count])
      }
      let dense = GroupedFilters.dense(own, groups: together)
      return ConvolutionRequest(
        ConvolutionGeometry(
          filters: dense.shape, stride: geometry.stride, padding: geometry.padding),
        weights: dense,
        bias: bias.map { Tensor(Array($0.elements[part * out..<(part + 1) * out])) },
        relu: relu, usualSize: usualSize)
    }
  }
}

/// Convolutions beside each other, each of its own channels.
struct GroupedConvolution<Element: ActivationElement>: Convolution {
  let parts: [any Convolution<Element>]

  var weightBytes: Int { parts.reduce(0) { $0 + $1.weightBytes } }

  func forward(
    _ input: Activations<Element>, into output: Activations<Element>,
    residual: Activations<Element>?, context: ComputeContext
  ) throws {
    func own(_ activations: Activations<Element>, _ part: Int) -> Activations<Element> {
      let count = activations.channels / parts.count
      return activations.channels(part * count..<(part + 1) * count)
    }
    for (place, part) in parts.enumerated() {
      // Not `map`: see `StepViews.residual`.
      var added: Activations<Element>?
      if let residual { added = own(residual, place) }
      try part.forward(
        own(input, place), into: own(output, place), residual: added, context: context)
    }
  }
}
