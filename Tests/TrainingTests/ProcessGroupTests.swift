import Foundation
import Models
import NeuralNetworks
import Support
import Tensors
import Testing
import Training

/// A value that threads share. Not a `Mutex`, which ThreadSanitizer does not see where it is contended.
private final class Guarded<Value>: @unchecked Sendable {
  /// Read and changed with the lock of `condition` alone.
  private var value: Value
  private let condition = NSCondition()

  init(_ value: Value) { self.value = value }

  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    defer { condition.broadcast() }
    return try condition.withLock { try body(&value) }
  }

  /// What `body` gives as soon as it gives something.
  func wait<Result>(for body: (inout Value) -> Result?) -> Result {
    condition.withLock {
      while true {
        if let result = body(&value) { return result }
        condition.wait()
      }
    }
  }
}

/// Processes of a test: threads that exchange memory through mailboxes.
private struct Mailboxes {
  private let boxes = Guarded<[[Int]: [[UInt8]]]>([:])

  func put(_ bytes: [UInt8], from: Int, to: Int) {
    boxes.withLock { $0[[from, to], default: []].append(bytes) }
  }

  func take(from: Int, to: Int) -> [UInt8] {
    boxes.wait { boxes in
      boxes[[from, to], default: []].isEmpty
        ? nil : boxes[[from, to], default: []].removeFirst()
    }
  }
}

private struct MailboxTransport: Transport {
  let rank: Int
  let size: Int
  let mail: Mailboxes

  func exchange(sends: [TransportMessage], receives: [TransportMessage]) {
    for message in sends { mail.put(Array(message.memory), from: rank, to: message.peer) }
    for message in receives {
      message.memory.copyBytes(from: mail.take(from: message.peer, to: rank))
    }
  }

  func idle() {}
}

@Suite("Training on several processes")
struct ProcessGroupTests {
  /// What each of `size` processes makes, in their order.
  private func onProcesses<Value: Sendable>(
    _ size: Int, _ body: @escaping @Sendable (any ProcessGroup) throws -> Value
  ) throws -> [Value] {
    let mail = Mailboxes()
    let results = Guarded<[Int: Result<Value, any Error>]>([:])
    let done = DispatchGroup()
    for rank in 0..<size {
      done.enter()
      Thread {
        let group = TransportGroup(MailboxTransport(rank: rank, size: size, mail: mail))
        let result = Result { try body(group) }
        results.withLock { $0[rank] = result }
        done.leave()
      }.start()
    }
    done.wait()
    return try results.withLock { results in
      try (0..<size).map { try #require(results[$0]).get() }
    }
  }

  @Test("a process that is gone is named in all others; those that end in good order are not")
  func watch() throws {
    let found = Guarded<[Int: Int]>([:])
    let begun = try onProcesses(4) { group in
      let rank = group.rank
      return try ProcessWatch(group) { lost in found.withLock { $0[rank] = lost } }
    }
    begun[3].drop()
    for _ in 0..<100 where found.withLock({ $0.count }) < 3 { usleep(50_000) }
    #expect(found.withLock { $0 } == [0: 3, 1: 3, 2: 3])
    found.withLock { $0 = [:] }
    let ended = try onProcesses(3) { group in
      let rank = group.rank
      return try ProcessWatch(group) { lost in found.withLock { $0[rank] = lost } }
    }
    ended[1].end()
    usleep(200_000)
    for watch in ended { watch.drop() }
    usleep(700_000)
    #expect(found.withLock { $0 } == [:])
  }

  @Test("a tree's total does not depend on who holds what", arguments: [1, 2, 3, 5, 6, 7, 8, 13])
  func tree(count: Int) throws {
    // Sums of such numbers depend on their order.
    let leaves = (0..<count).map { leaf in
      [Tensor(hashNoise("a\(leaf)", 1000).map { $0 * powf(10, Float(leaf % 5)) }), nil]
        + [Tensor(hashNoise("b\(leaf)", 7))]
    }
    let sums = try (1...min(count, 5)).map { size in
      try onProcesses(size) { group in
        var tree = GradientTree(of: count, context: ComputeContext(threads: 1))
        for leaf in GradientTree.share(of: count, group.rank, in: size) {
          tree.add(leaves[leaf], of: leaf)
        }
        return try group.sum(tree)().map { $0?.elements }
      }
    }
    let single = sums[0][0]
    #expect(single[1] == nil)
    let exact = (0..<1000).map { index in
      leaves.reduce(0.0) { $0 + Double($1[0]?[index] ?? .nan) }
    }
    let first = try #require(single[0])
    #expect(zip(first, exact).allSatisfy { abs(Double($0) - $1) <= 1e-5 * 10_000 })
    for (size, results) in sums.enumerated() {
      for result in results { #expect(result == single, "\(size + 1) processes") }
    }
  }

  @Test("a tree that lacks a microbatch has no total")
  func incomplete() throws {
    var tree = GradientTree(of: 3, context: ComputeContext(threads: 1))
    for leaf in [0, 1] { tree.add([Tensor([1])], of: leaf) }
    #expect(throws: UserError.self) { try tree.total() }
    tree.add([Tensor([5])], of: 2)
    #expect(try tree.total().map { $0?.elements } == [[7]])
  }

  @Test("what is gathered comes in the processes' order, whatever its length")
  func gather() throws {
    for gathered in try onProcesses(
      3,
      { group in
        try (0..<5).map { round in
          try group.gather([UInt8](repeating: UInt8(group.rank), count: group.rank * round))
        }
      })
    {
      let expected = (0..<5).map { round in
        (0..<3).map { [UInt8](repeating: UInt8($0), count: $0 * round) }
      }
      #expect(gathered == expected)
    }
  }

  private static let yaml = """
    version: 1
    name: tiny
    corrector:
      stages: [stn, color, unet]
      stn: { view: 16, widths: [4], hidden: 4, normalization: batch }
      color: { view: 8, widths: [2], hidden: 4, summary: pool }
      unet: { width: 16, depth: 1, normalization: batch }
    discriminator: { widths: [8, 8, 8], learning_rate: 1.0e-3 }
    phases:
      - { name: paint, learn: [stn, color, unet], steps: 3, batch: 5, microbatch: 1,
          learning_rate: 1.0e-3, clip: 1, losses: { mse: 1, theta: 0.01, adversarial: 0.25 } }
    """

  /// Every value of G and D, and every loss, after some steps.
  private static func train(
    _ group: any ProcessGroup, threads: Int, engine: EngineName = .auto, microbatch: Int = 1
  ) throws -> [[Float]] {
    var configuration = try TrainingConfiguration(yaml: yaml, file: "tiny.yaml")
    configuration.phases[0].microbatch = microbatch
    let context = ComputeContext(threads: threads)
    let generator = try Corrector(configuration.corrector, seed: 1)
    let adversary = try Adversary(configuration, context: context)
    let step = TrainingStep(
      configuration, phase: configuration.phases[0], generator: generator, adversary: adversary,
      tape: Tape(backend: try engine.makeBackend(), context: context), group: group)
    let count = 5 / microbatch
    var losses: [Float] = []
    for index in 0..<3 {
      let share = GradientTree.share(of: count, group.rank, in: group.size)
      var next = share.lowerBound
      let batch = StepBatch(share, of: count) {
        defer { next += 1 }
        return Self.batch(index, next * microbatch..<(next + 1) * microbatch)
      }
      losses += try step(batch, step: index).map(\.value)
    }
    return [losses]
      + (generator.parameters.values + adversary.network.parameters.values).map(\.value.elements)
  }

  private static func batch(_ step: Int, _ samples: Range<Int>) -> TrainingBatch {
    func images(_ name: String) -> Tensor {
      let side = ImageSide.distorted
      return Tensor([samples.count, side, side, 3]) { memory in
        for (place, sample) in samples.enumerated() {
          for (index, value) in hashNoise("\(name) \(step) \(sample)", side * side * 3).enumerated()
          {
            memory[place * side * side * 3 + index] = value
          }
        }
      }
    }
    let theta = samples.flatMap { sample in
      zip(hashNoise("theta \(step) \(sample)", 6), [1, 0, 0, 0, 1, 0]).map { 0.1 * $0 + $1 }
    }
    return TrainingBatch(
      canonical: images("y"), distorted: images("x"),
      theta: Tensor([samples.count, 2, 3]) { memory in
        for (index, value) in theta.enumerated() { memory[index] = value }
      })
  }

  @Test("the same bits on 1 to 4 processes of 1 or 2 threads, with D and batch norms")
  func processes() throws {
    let single = try Self.train(SingleProcess(), threads: 1)
    for (size, threads) in [(1, 2), (2, 1), (2, 2), (3, 1), (4, 1)] {
      let results = try onProcesses(size) { try Self.train($0, threads: threads) }
      for result in results {
        #expect(result == single, "\(size) processes of \(threads) threads")
      }
    }
  }

  @Test("the same bits on any number of threads", arguments: EngineName.available)
  func threads(engine: EngineName) throws {
    func train(_ threads: Int) throws -> [[Float]] {
      try Self.train(SingleProcess(), threads: threads, engine: engine, microbatch: 5)
    }
    let single = try train(1)
    for threads in [2, 3, 8] { #expect(try train(threads) == single, "\(threads) threads") }
  }
}
