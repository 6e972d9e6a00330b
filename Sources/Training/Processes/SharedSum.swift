import NeuralNetworks
import Tensors

/// The total of a `GradientTree` whose nodes are spread over processes: each adds up its part of the numbers,
/// for which it gets that part of all others' nodes, and then gives its part to all (reduce-scatter and
/// allgather).
struct SharedSum {
  private let tree: GradientTree
  private let transport: any Transport
  private let size: Int
  private let rank: Int
  /// Numbers of a node.
  private let count: Int
  private let context = ComputeContext(threads: 1)

  init(_ tree: GradientTree, _ transport: any Transport) {
    (self.tree, self.transport) = (tree, transport)
    (rank, size) = (transport.rank, transport.size)
    count = (tree.nodes.first?.values ?? []).reduce(0) { $0 + ($1?.count ?? 0) }
  }

  /// The part of the numbers that a process adds up.
  private func part(_ rank: Int) -> Range<Int> { GradientTree.share(of: count, rank, in: size) }

  /// - Throws: `UserError` when a process is lost.
  func total() throws -> [Tensor?] {
    let own = tree.nodes.map { flat($0.values) }
    let others = (0..<size).filter { $0 != rank }
    let width = part(rank).count
    let places = (0..<size).map { tree.places(of: $0, in: size) }
    let received = places.indices.map { peer in
      peer == rank
        ? [] : places[peer].map { _ in AlignedBuffer(uninitialized: max(width, 1)) }
    }
    try transport.exchange(
      sends: others.flatMap { peer in own.map { TransportMessage(peer, $0, part(peer)) } },
      receives: others.flatMap { peer in
        received[peer].map { TransportMessage(peer, $0, 0..<width) }
      })
    var sum = GradientTree(of: tree.count, context: context)
    for peer in 0..<size {
      for (index, place) in places[peer].enumerated() {
        let values =
          peer == rank
          ? copy(of: own[index], part(rank)) : Tensor([width], storage: received[peer][index])
        sum.add(.init(level: place.level, index: place.index, values: [values]))
      }
    }
    let all = AlignedBuffer(uninitialized: max(count, 1))
    for case let total? in try sum.total() {
      (all.pointer + part(rank).lowerBound).update(from: total.storage.pointer, count: width)
    }
    try transport.exchange(
      sends: others.map { TransportMessage($0, all, part(rank)) },
      receives: others.map { TransportMessage($0, all, part($0)) })
    return tensors(all)
  }

  private func copy(of buffer: AlignedBuffer, _ range: Range<Int>) -> Tensor {
    Tensor([range.count]) { memory in
      memory.baseAddress?.update(from: buffer.pointer + range.lowerBound, count: range.count)
    }
  }

  /// A node's numbers one after the other.
  private func flat(_ values: [Tensor?]) -> AlignedBuffer {
    let flat = AlignedBuffer(uninitialized: max(count, 1))
    var end = 0
    for case let value? in values {
      (flat.pointer + end).update(from: value.storage.pointer, count: value.count)
      end += value.count
    }
    return flat
  }

  /// The other way round.
  private func tensors(_ flat: AlignedBuffer) -> [Tensor?] {
    var end = 0
    return (tree.nodes.first?.values ?? []).map { value in
      guard let value else { return nil }
      defer { end += value.count }
      return Tensor(value.shape) { memory in
        memory.baseAddress?.update(from: flat.pointer + end, count: value.count)
      }
    }
  }
}
