import Tensors

/// Where the activations of a stretch of a network lie, for images of one size: made once, so that
/// running allocates nothing. Batches of any number of images lie alike.
///
/// A stretch leads from the value `first`, which is there already, to the value `last`, whose place
/// is given too; what lies between is in memory of the stretch's own. A value's memory is given to a
/// later value when its last reader is done, that of `first` unless it is the images. Parts of a
/// concatenation that is stored are written where the whole lies; a convolution that adds a residual which nobody
/// reads afterwards writes over it.
struct InferencePlan {
  let first: Int
  let last: Int
  private let shapes: [FeatureShape]
  private let places: [Place]
  /// Where a root lies.
  private let rooms: [Int: Room]
  /// Bytes of each buffer for an image.
  private let byteCounts: [Int]

  private enum Room: Equatable {
    /// Of the stretch's own buffers, by its number.
    case buffer(Int)
    /// Where the value `first` is, or was.
    case first
    /// Where `last` is to be.
    case last
  }

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
    // The images, value 0, are the caller's; any other value was made for this stretch.
    let usesUpFirst = first > 0
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
        lastUse[residual] == index, usesUpFirst || places[residual].root != first,
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
    func bytes(_ root: Int) -> Int { shapes[root].count * elementBytes[root] }
    var rooms: [Int: Room] = [last: .last]
    // Of a stretch without operations, too.
    rooms[first] = .first
    var counts: [Int] = []
    func size(_ room: Room) -> Int {
      if case .buffer(let number) = room { counts[number] } else { bytes(first) }
    }
    var free: [Room] = []
    for index in values {
      for root in begins.keys.filter({ begins[$0] == index }).sorted() where rooms[root] == nil {
        let count = bytes(root)
        let fitting = free.filter { size($0) >= count }.min { size($0) < size($1) }
        // None is large enough: one of the stretch's own can become so.
        let largest = free.filter { $0 != .first }.max { size($0) < size($1) }
        let room = fitting ?? largest ?? .buffer(counts.count)
        free.removeAll { $0 == room }
        if case .buffer(let number) = room {
          if number == counts.count { counts.append(count) }
          counts[number] = max(counts[number], count)
        }
        rooms[root] = room
      }
      for root in ends.keys.filter({ ends[$0] == index }).sorted() {
        guard let room = rooms[root], room != .last, room != .first || usesUpFirst else { continue }
        free.append(room)
      }
    }
    self.places = places
    self.rooms = rooms
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
      switch rooms[place.root] {
      case .buffer(let number): UnsafeMutableRawPointer(memory.buffers[number].pointer)
      case .first: memory.first
      case .last, nil: memory.last
      }
    return Activations(
      base.assumingMemoryBound(to: type) + place.channel, batch: memory.batch, height: shape.height,
      width: shape.width, channels: shape.channels, pixelStride: shapes[place.root].channels)
  }
}
