import Foundation
import NeuralNetworks
import Tensors
import Testing
import WeightFiles

/// A tape of two threads on an engine.
func makeTape(_ engine: EngineName = .openblas, threads: Int = 2) throws -> Tape {
  Tape(backend: try engine.makeBackend(), context: ComputeContext(threads: threads))
}

extension EngineName {
  /// The engines that this build has: without oneDNN, one fewer.
  static var available: [EngineName] { allCases.filter { (try? $0.makeBackend()) != nil } }
}

/// A golden file in PyTorch's axis order.
struct Golden {
  let file: HDF5File
  let group: String

  init(_ name: String, group: String) throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "h5"))
    file = try HDF5File(path: url.path)
    self.group = group
  }

  func plain(_ name: String) throws -> Tensor { try file.tensor("\(group)/\(name)") }
  /// `[N, C, H, W]` as `[N, H, W, C]`; other ranks as they are.
  func image(_ name: String) throws -> Tensor { channelsLast(try plain(name)) }
}

/// `[N, C, H, W]` as `[N, H, W, C]`; other ranks as they are.
func channelsLast(_ x: Tensor) -> Tensor {
  guard x.shape.count == 4 else { return x }
  let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
  let from = x.elements
  return Tensor([n, h, w, c]) { to in
    for i in 0..<n {
      for k in 0..<c {
        for p in 0..<h * w { to[(i * h * w + p) * c + k] = from[(i * c + k) * h * w + p] }
      }
    }
  }
}

/// The largest difference over the largest expected magnitude; infinite when shapes differ.
func relativeError(_ actual: Tensor?, _ expected: Tensor) -> Float {
  guard let actual, actual.shape == expected.shape else { return .infinity }
  var scale: Float = 1e-12
  var worst: Float = 0
  for (a, b) in zip(actual.elements, expected.elements) {
    scale = max(scale, abs(b))
    // NaN counts as wrong.
    worst = abs(a - b) <= worst ? worst : (a - b).isNaN ? .infinity : abs(a - b)
  }
  return worst / scale
}

/// Numbers in [−1, 1) that depend on seed and position alone.
func noise(_ shape: [Int], seed: UInt64) -> Tensor {
  var stream = RandomStream(seed: seed, purpose: "test")
  return Tensor(shape) { memory in
    for index in 0..<memory.count { memory[index] = Float(stream.uniform(in: -1...1)) }
  }
}

/// Compares output and gradients of an operation with a golden group: `images` and `plain` inputs
/// become variables in this order, `y`, `dy` and `d_<input>` are what PyTorch said. Its vectors `[N, C]`
/// are `[N, 1, 1, C]` here.
func check(
  _ name: String, in file: String = "training", images: [String] = ["x"], plain: [String] = [],
  engine: EngineName = .openblas, tolerance: Float = 2e-5,
  _ operation: (Tape, [Variable]) throws -> Variable
) throws {
  let golden = try Golden(file, group: name)
  let tape = try makeTape(engine)
  let inputs =
    try images.map { tape.variable(try golden.image($0)) }
    + plain.map { tape.variable(try golden.plain($0)) }
  let y = try operation(tape, inputs)
  func shapedLikeResult(_ name: String) throws -> Tensor {
    try #require(golden.image(name).reshaped(y.shape), "\(name) for a result \(y.shape)")
  }
  #expect(relativeError(y.value, try shapedLikeResult("y")) < tolerance, "\(name): y")
  try tape.backward(from: y, gradient: shapedLikeResult("dy"))
  for (input, key) in zip(inputs, images + plain) {
    let expected =
      images.contains(key) ? try golden.image("d_\(key)") : try golden.plain("d_\(key)")
    let error = relativeError(tape.gradient(of: input), expected)
    #expect(error < tolerance, "\(name): gradient of \(key) is off by \(error)")
  }
}
