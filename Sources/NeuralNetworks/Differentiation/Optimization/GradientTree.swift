import CKernels
import Support
import Tensors

/// Adds up what the microbatches of a step give, in an order that depends on nothing but their number:
/// neighbours in pairs, then these sums in pairs, and so on; what has no neighbour waits for the next round.
///
/// Each process adds what it has of the tree, whose nodes then join those of the others.
package struct GradientTree {
  /// The sum of some neighbouring microbatches: those from `index << level` on, `1 << level` of them or
  /// as many as there are.
  package struct Node {
    /// Of the leaves, the microbatches, 0.
    package let level: Int
    /// Among those of the level.
    package let index: Int
    /// By parameter; `nil` where no gradient reached it.
    package let values: [Tensor?]

    /// A node whose sum is known.
    package init(level: Int, index: Int, values: [Tensor?]) {
      (self.level, self.index, self.values) = (level, index, values)
    }
  }

  /// Microbatches of the step.
  package let count: Int
  private let context: ComputeContext
  /// What has not found its neighbour yet, in order.
  package private(set) var nodes: [Node] = []

  /// - Parameter count: microbatches of the step, those of other processes included.
  package init(of count: Int, context: ComputeContext) {
    (self.count, self.context) = (count, context)
  }

  /// Adds a microbatch's; they come in their order.
  package mutating func add(_ values: [Tensor?], of microbatch: Int) {
    add(Node(level: 0, index: microbatch, values: values))
  }

  /// Adds a node; they come in the order of their microbatches.
  package mutating func add(_ node: Node) {
    var node = node
    while node.index > 0 || 1 << node.level < count {
      if node.index % 2 == 1 {
        guard let left = nodes.last, left.level == node.level, left.index == node.index - 1
        else { break }
        nodes.removeLast()
        node = joined(left, node)
      } else {
        guard (node.index + 1) << node.level >= count else { break }
        node = Node(level: node.level + 1, index: node.index / 2, values: node.values)
      }
    }
    nodes.append(node)
  }

  /// The sum of all.
  ///
  /// - Throws: `UserError` while a microbatch is missing.
  package func total() throws -> [Tensor?] {
    guard nodes.count == 1, nodes[0].index == 0, 1 << nodes[0].level >= count else {
      throw UserError("the gradient lacks some of the step's \(count) microbatches")
    }
    return nodes[0].values
  }

  /// The part of a process in `count` microbatches or numbers.
  package static func share(of count: Int, _ rank: Int, in size: Int) -> Range<Int> {
    count * rank / size..<count * (rank + 1) / size
  }

  /// Where the nodes of a process are that has added all of its microbatches.
  package func places(of rank: Int, in size: Int) -> [Node] {
    var tree = GradientTree(of: count, context: context)
    for microbatch in Self.share(of: count, rank, in: size) { tree.add([], of: microbatch) }
    return tree.nodes
  }

  private func joined(_ left: Node, _ right: Node) -> Node {
    var values = left.values
    for index in values.indices {
      guard let other = right.values[index]?.storage else { continue }
      guard let sum = values[index]?.uniqueStorage() else {
        values[index] = right.values[index]
        continue
      }
      context.elementwise(sum.count) { range in
        let to = sum.pointer + range.lowerBound
        rg_combine(to, 1, to, 1, other.pointer + range.lowerBound, range.count)
      }
    }
    return Node(level: left.level + 1, index: left.index / 2, values: values)
  }
}
