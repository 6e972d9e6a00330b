import Tensors

/// Where the activations of a stretch of a network lie, for images of one size: made once, so that
/// running allocates nothing. Batches of any number of images lie alike.
///
/// A stretch leads from the value `first`, which is there already, to the value `last`, whose place
/// is given too; what lies between is in memory of the stretch's own. A value's memory is given to a
/// later value when its last reader is done. Parts of a concatenation that is stored are written where the whole
/// lies; a convolution that adds a residual which nobody reads afterwards writes over it.
struct InferencePlan {
  let first: Int
  let last: Int
  private let shapes: [FeatureShape]
  private let places: [Place]
  /// Which buffer a root lies in; none for `first` and `last`.
  private let buffers: [Int: Int]
  /// Bytes of each buffer for an image.
  private let byteCounts: [Int]

  /// Where a value lies within the memory that it shares.
  private struct Place {
    var root: Int
    var channel: Int
  }

  /// - Parameters:
  ///   - kept: values whose memory no later one takes.
  ///   - shapes: of every value.
  ///   - elementBytes: the size of every value's elements.
  init(
    _ nodes: [InferenceGraph.Node], from first: Int, to last: Int, keeping kept: Set<Int>,
    shapes: [FeatureShape], elementBytes: [Int]
  ) {
    self.first = first
    self.last = last
    self.shapes = shapes
    let values = first...max(first, last)
    var places = nodes.indices.map { Place(root: $0, channel: 0) }
    var lastUse = Array(nodes.indices)
    for index in values.dropFirst() {
      for value in nodes[index].reads { lastUse[value] = index }
    }

    for value in kept where values.contains(value) { lastUse[value] = last }

    // Concatenations first: their parts live in them.
    for index in values.dropFirst()
    where nodes[index].operation.isConcatenation && !nodes[index].isFused {
      var channel = 0
      for part in nodes[index].inputs {
        places[part] = Place(root: index, channel: channel)
        channel += shapes[part].channels
      }
    }
    for index in values.dropFirst() where index != last {
      guard let residual = nodes[index].residual, places[index].root == index,
        lastUse[residual] == index, places[residual].root != first,
        shapes[places[residual].root].channels == shapes[residual].channels
      else { continue }
      places[index] = places[residual]
    }

    // Lifetimes of the shared memory, then first fit by size among what is free.
    var begins: [Int: Int] = [:]
    var ends: [Int: Int] = [:]
    for index in values where !nodes[index].isFused {
      let root = places[index].root
      begins[root] = min(begins[root] ?? index, index)
      ends[root] = max(ends[root] ?? 0, lastUse[index])
    }
    var memory: [Int: Int] = [:]
    var counts: [Int] = []
    var free: [Int] = []
    for index in values {
      for root in begins.keys.filter({ begins[$0] == index }).sorted()
      where root != first && root != last {
        let count = shapes[root].count * elementBytes[root]
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
    self.places = places
    buffers = memory
    byteCounts = counts
  }

  /// Whether the stretch computes a value, or begins with it and with the network.
  func holds(_ value: Int) -> Bool { value <= last && (value > first || (value, first) == (0, 0)) }

  /// The plan's memory for up to `batch` images, for whoever runs the stretch.
  func makeBuffers(batch: Int) -> [AlignedBuffer] {
    byteCounts.map { AlignedBuffer(uninitialized: (batch * $0 + 3) / 4) }
  }

  /// The memory of one run of a stretch, made for at least `batch` images.
  struct Memory {
    let batch: Int
    let buffers: [AlignedBuffer]
    let first: UnsafeMutableRawPointer
    let last: UnsafeMutableRawPointer
  }

  /// A value's view of a run's memory, whose elements must be those that the plan was made for.
  func view<Element>(_ value: Int, in memory: Memory, of type: Element.Type)
    -> Activations<Element>
  {
    let (shape, place) = (shapes[value], places[value])
    let base =
      place.root == first
      ? memory.first
      : buffers[place.root].map { UnsafeMutableRawPointer(memory.buffers[$0].pointer) }
        ?? memory.last
    return Activations(
      base.assumingMemoryBound(to: type) + place.channel, batch: memory.batch, height: shape.height,
      width: shape.width, channels: shape.channels, pixelStride: shapes[place.root].channels)
  }
}
