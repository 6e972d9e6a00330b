/// An operation of a graph without its weights: what it reads and how large its result is.
struct Node {
  /// How the height and width of the result follow from those of the first input.
  enum Extent {
    case same
    case convolution(ConvolutionGeometry)
    case pooling(Pooling)
    case doubled
    case fixed(height: Int, width: Int)
  }

  let extent: Extent
  /// The value that the extent is derived from.
  let sizedBy: Int?
  /// The values that it reads; of a concatenation, its parts.
  var inputs: [Int]
  /// The one of them that is added to the result.
  let residual: Int?
  let channels: Int
  let concatenates: Bool
  /// Whether the value is never stored, since the one operation that reads it makes it, too.
  var isFused = false
}

extension InferenceGraph {
  var nodes: [Node] {
    zip(operations, values).map { operation, value in
      func node(_ extent: Node.Extent, _ inputs: [Value], residual: Value? = nil) -> Node {
        var concatenates = false
        if case .concatenation = operation { concatenates = true }
        return Node(
          extent: extent, sizedBy: inputs.first?.index,
          inputs: (inputs + [residual].compactMap { $0 }).map(\.index),
          residual: residual?.index, channels: value.channels, concatenates: concatenates)
      }
      switch operation {
      case .input: return node(.same, [])
      case .convolution(let geometry, _, _, _, let x, let residual):
        return node(.convolution(geometry), [x], residual: residual)
      case .maxPool(let pooling, let x): return node(.pooling(pooling), [x])
      case .averagePool(let height, let width, let x):
        return node(.fixed(height: height, width: width), [x])
      case .linear(_, _, _, _, let x): return node(.fixed(height: 1, width: 1), [x])
      case .transposedConvolution(_, _, let x): return node(.doubled, [x])
      case .concatenation(let parts): return node(.same, parts)
      }
    }
  }
}

extension [Node] {
  /// The height and width of every value, for images of a size.
  func sizes(height: Int, width: Int) -> [(height: Int, width: Int)] {
    var sizes: [(height: Int, width: Int)] = []
    for node in self {
      let size = node.sizedBy.map { sizes[$0] } ?? (height: height, width: width)
      switch node.extent {
      case .same: sizes.append(size)
      case .convolution(let geometry):
        sizes.append(geometry.outputSize(height: size.height, width: size.width))
      case .pooling(let pooling):
        sizes.append((pooling.outputLength(size.height), pooling.outputLength(size.width)))
      case .doubled: sizes.append((2 * size.height, 2 * size.width))
      case .fixed(let height, let width): sizes.append((height, width))
      }
    }
    return sizes
  }

  /// The convolution before a max pooling, if that is its only reader and it adds nothing: both may
  /// then be one step.
  func fusible(pooling: Int) -> Int? {
    guard let source = self[pooling].inputs.first, case .convolution = self[source].extent,
      self[source].residual == nil,
      indices.allSatisfy({ $0 == pooling || !self[$0].inputs.contains(source) })
    else { return nil }
    return source
  }

  /// Whether everything after a value follows from it alone, so that a network may be cut there.
  func mayBeCut(after value: Int) -> Bool {
    self[(value + 1)...].allSatisfy { node in
      node.inputs.allSatisfy { $0 >= value }
        && !(node.concatenates && node.inputs.contains(value))
    }
  }
}
