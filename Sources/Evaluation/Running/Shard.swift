/// One of several processes that share an experiment's work: process `index` of `count`.
///
/// The work of each dataset is cut into batches as without shards, and process i takes the batches
/// ⌊iB/n⌋ up to ⌊(i+1)B/n⌋ of all B. So every batch is computed whole and with the very neighbours
/// that it has in an undivided run, which gives the same predictions to the last bit, and an image's
/// draws are decoded once. Which batches those are depends on the numbers of images and draws and on
/// the batch size only: processes need not know of each other, but must be given the same options.
public struct Shard: Sendable, Hashable, CustomStringConvertible {
  /// From 0.
  public let index: Int
  /// How many processes share the work.
  public let count: Int

  /// - Returns: `nil` unless 0 ≤ `index` < `count` ≤ 1,000,000.
  public init?(index: Int, count: Int) {
    guard (1...1_000_000).contains(count), (0..<count).contains(index) else { return nil }
    self.index = index
    self.count = count
  }

  /// Reads `i/n`.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1] else { return nil }
    self.init(index: index, count: count)
  }

  /// `i/n`.
  public var description: String { "\(index)/\(count)" }

  /// The positions that are this process's, of `total`.
  public func range(of total: Int) -> Range<Int> {
    index * total / count..<(index + 1) * total / count
  }
}
