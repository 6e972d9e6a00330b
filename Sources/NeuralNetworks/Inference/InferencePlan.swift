import Tensors

/// Where every activation of a graph lies, for one input shape: made once, so that running
/// allocates nothing.
///
/// A value's memory is given to a later value when its last reader is done. Parts of a
/// concatenation are written where the whole lies; a convolution that adds a residual which nobody
/// reads afterwards writes over it.
struct InferencePlan {
  /// One view a value of the graph.
  let views: [ActivationView]
  private let buffers: [AlignedBuffer]
  /// Floats of all buffers together.
  var floatCount: Int { buffers.reduce(0) { $0 + $1.count } }

  /// Where a value lies within the memory that it shares.
  private struct Place {
    var root: Int
    var channel: Int
  }

  init(_ graph: InferenceGraph, batch: Int, height: Int, width: Int) {
    let operations = graph.operations
    let sizes = Self.sizes(graph, height: height, width: width)
    var places = operations.indices.map { Place(root: $0, channel: 0) }
    var lastUse = Array(operations.indices)
    for (index, operation) in operations.enumerated() {
      for value in operation.inputs { lastUse[value.index] = index }
    }
    if let last = operations.indices.last { lastUse[last] = operations.count }

    // Concatenations first: their parts live in them.
    for (index, operation) in operations.enumerated() {
      guard case .concatenation(let parts) = operation else { continue }
      var channel = 0
      for part in parts {
        places[part.index] = Place(root: index, channel: channel)
        channel += part.channels
      }
    }
    for (index, operation) in operations.enumerated() {
      guard case .convolution(_, _, _, _, _, let residual?) = operation,
        places[index].root == index, lastUse[residual.index] == index,
        graph.values[places[residual.index].root].channels == residual.channels
      else { continue }
      places[index] = places[residual.index]
    }

    // Lifetimes of the shared memory, then first fit by size among what is free.
    var begins: [Int: Int] = [:]
    var ends: [Int: Int] = [:]
    for index in operations.indices {
      let root = places[index].root
      begins[root] = min(begins[root] ?? index, index)
      ends[root] = max(ends[root] ?? 0, lastUse[index])
    }
    var memory: [Int: Int] = [:]
    var counts: [Int] = []
    var free: [Int] = []
    for index in operations.indices {
      for root in begins.keys.filter({ begins[$0] == index }).sorted() {
        let count = batch * sizes[root].height * sizes[root].width * graph.values[root].channels
        let fitting = free.filter { counts[$0] >= count }.min { counts[$0] < counts[$1] }
        let chosen = fitting ?? free.max { counts[$0] < counts[$1] }
        if let chosen {
          free.removeAll { $0 == chosen }
          counts[chosen] = max(counts[chosen], count)
          memory[root] = chosen
        } else {
          memory[root] = counts.count
          counts.append(count)
        }
      }
      for root in ends.keys.filter({ ends[$0] == index }).sorted() {
        if let buffer = memory[root] { free.append(buffer) }
      }
    }
    let buffers = counts.map { AlignedBuffer(uninitialized: $0) }
    self.buffers = buffers
    views = operations.indices.map { index in
      let place = places[index]
      return ActivationView(
        buffers[memory[place.root] ?? 0].pointer + place.channel, batch: batch,
        height: sizes[index].height, width: sizes[index].width,
        channels: graph.values[index].channels, pixelStride: graph.values[place.root].channels)
    }
  }

  static func sizes(
    _ graph: InferenceGraph, height: Int, width: Int
  ) -> [(height: Int, width: Int)] {
    var sizes: [(height: Int, width: Int)] = []
    for operation in graph.operations {
      switch operation {
      case .input: sizes.append((height, width))
      case .convolution(let geometry, _, _, _, let x, _):
        let size = sizes[x.index]
        sizes.append(geometry.outputSize(height: size.height, width: size.width))
      case .maxPool(let pooling, let x):
        let size = sizes[x.index]
        sizes.append((pooling.outputLength(size.height), pooling.outputLength(size.width)))
      case .averagePool(let height, let width, _): sizes.append((height, width))
      case .linear: sizes.append((1, 1))
      case .concatenation(let parts): sizes.append(parts.first.map { sizes[$0.index] } ?? (0, 0))
      }
    }
    return sizes
  }
}

extension InferenceGraph.Operation {
  /// The values that the operation reads.
  var inputs: [InferenceGraph.Value] {
    switch self {
    case .input: return []
    case .convolution(_, _, _, _, let x, let residual): return [x] + (residual.map { [$0] } ?? [])
    case .maxPool(_, let x), .averagePool(_, _, let x), .linear(_, _, _, let x): return [x]
    case .concatenation(let parts): return parts
    }
  }
}
