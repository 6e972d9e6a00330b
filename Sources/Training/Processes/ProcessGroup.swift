import NeuralNetworks
import Support
import Tensors

/// The processes that train together. All call the same methods in the same order, and get the same.
package protocol ProcessGroup: AnyObject, Sendable {
  /// This process's place.
  var rank: Int { get }
  /// How many there are.
  var size: Int { get }

  /// What each of them gives, in their order.
  ///
  /// - Throws: `UserError` when one of them is lost.
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]]

  /// Begins to add up the nodes of all processes' trees of a step.
  ///
  /// - Returns: waits for the total; throws a `UserError` when one of them is lost.
  func sum(_ tree: GradientTree) -> () throws -> [Tensor?]
}

extension ProcessGroup {
  /// What each of them gives, in their order.
  ///
  /// - Throws: `UserError` when one of them is lost.
  func gather(_ numbers: [Double]) throws -> [[Double]] {
    if size == 1 { return [numbers] }
    return try gather(numbers.withUnsafeBytes { Array($0) }).map { bytes in
      bytes.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    }
  }

  /// Whether this process writes what all have computed: database, checkpoints, corrector.
  package var writes: Bool { rank == 0 }

  /// Whether one of them says so.
  ///
  /// - Throws: `UserError` when one of them is lost.
  func agree(_ own: Bool) throws -> Bool {
    size == 1 ? own : try gather([own ? 1 : 0]).contains([1])
  }

  /// Makes sure that all have the same.
  ///
  /// - Throws: in all of them, a `UserError` that names the first one that differs, and in what.
  func compare(_ facts: [(name: String, value: String)]) throws {
    for fact in facts {
      let values = try gather([UInt8](fact.value.utf8)).map { String(decoding: $0, as: UTF8.self) }
      guard let other = values.firstIndex(where: { $0 != values[0] }) else { continue }
      throw UserError(
        "rank \(other) differs from rank 0 in \(fact.name): \(values[other]), not \(values[0])",
        remedy: "start the same program with the same files on all hosts")
    }
  }

  /// The microbatches of this process, of `count`.
  func share(of count: Int) -> Range<Int> { GradientTree.share(of: count, rank, in: size) }
}

/// One process by itself.
package final class SingleProcess: ProcessGroup {
  /// The only one.
  package init() {}

  package var rank: Int { 0 }
  package var size: Int { 1 }

  package func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

  package func sum(_ tree: GradientTree) -> () throws -> [Tensor?] {
    { try tree.total() }
  }
}
