import Dispatch
import NeuralNetworks
import Synchronization
import Tensors
import Testing

@Suite("Networks that share a context")
struct SharedContextTests {
  @Test("calls from several threads give what calls one after the other give")
  func concurrentCalls() throws {
    let context = ComputeContext(threads: 2)
    let networks = try (1...2).map { seed in
      let graph = try LiteralGraph(12, 12, channels: 3)
      let x = try graph.convolution(
        graph.input, weights: noise([16, 3, 3, 3], seed: UInt64(seed)), bias: nil, padding: 1,
        relu: true)
      try graph.convolution(
        x, weights: noise([16, 16, 3, 3], seed: UInt64(10 + seed)), bias: nil, padding: 1,
        relu: true)
      return try graph.network(OpenBLASBackend(), context: context)
    }
    // Fewer images than threads, and more.
    let batches = [1, 5].map { noise([$0, 12, 12, 3], seed: 3) }
    let expected = try networks.map { network in
      try batches.map { try network($0)[0].elements }
    }
    let wrong = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 24) { index in
      let (network, batch) = (index % 2, index / 2 % 2)
      let result = Result { try networks[network](batches[batch])[0].elements }
      if (try? result.get()) != expected[network][batch] {
        wrong.withLock { $0.append("network \(network), batch \(batch): \(result)") }
      }
    }
    #expect(wrong.withLock { $0 } == [])
  }
}
