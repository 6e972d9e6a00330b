import NeuralNetworks
import Support
import Tensors
import Testing

@Suite("Pixel shuffling and snapping")
struct RearrangementTests {
  @Test(
    "pixel unshuffle orders channels as PyTorch, and pixel shuffle takes it back",
    arguments: [1, 2, 3])
  func pixelShuffle(factor r: Int) throws {
    let tape = try makeTape(.openblas)
    let (batch, height, width, channels) = (2, 6, 12, 5)
    let x = noise([batch, height, width, channels], seed: 1)
    let deep = try tape.pixelUnshuffle(tape.constant(x), by: r)
    #expect(deep.shape == [batch, height / r, width / r, channels * r * r])
    for n in 0..<batch {
      for (y, column) in [(0, 0), (1, 3), (height / r - 1, width / r - 1)] {
        for (c, dy, dx) in [(0, 0, r - 1), (2, r - 1, 0), (channels - 1, r - 1, r - 1)] {
          // torch: out[n, (c r + dy) r + dx, y, x] = in[n, c, y r + dy, x r + dx]
          let from = ((n * height + y * r + dy) * width + column * r + dx) * channels + c
          let to =
            ((n * height / r + y) * width / r + column) * channels * r * r + (c * r + dy) * r + dx
          #expect(deep.value[to] == x[from])
        }
      }
    }
    let back = try tape.pixelShuffle(deep, by: r)
    #expect(back.value.elements == x.elements)
  }

  @Test("blocks that do not fit are errors")
  func misfits() throws {
    let tape = try makeTape(.openblas)
    let x = tape.constant(noise([1, 6, 9, 3], seed: 1))
    #expect(throws: UserError.self) { try tape.pixelUnshuffle(x, by: 2) }
    #expect(throws: UserError.self) { try tape.pixelUnshuffle(x, by: 0) }
    #expect(throws: UserError.self) { try tape.pixelShuffle(x, by: 2) }
  }

  @Test(
    "a vector near the origin becomes it, by what is measured of it; NaN is far from everything")
  func snap() throws {
    let tape = try makeTape(.openblas)
    let vectors: [[Float]] = [
      [1, 2], [1.09, 2], [1.11, 2], [1, 2.5], [1.08, 2.9], [1.08, -5], [.nan, 2],
    ]
    let x = try #require(Tensor(vectors.flatMap { $0 }, shape: [vectors.count, 1, 1, 2]))
    let y = try tape.snap(
      tape.constant(x), to: [1, 2], measures: [[10, 0], [0, 1]], tolerance: 1)
    let found = (0..<vectors.count).map { [y.value[2 * $0], y.value[2 * $0 + 1]] }
    #expect(Array(found[..<6]) == [[1, 2], [1, 2], [1.11, 2], [1, 2], [1, 2], [1.08, -5]])
    #expect(found[6][0].isNaN && found[6][1] == 2)
    #expect(throws: UserError.self) {
      try tape.snap(tape.constant(x), to: [1, 2, 3], measures: [], tolerance: 1)
    }
  }

  @Test("measures may be divided by what is measured of the same vector")
  func snapOver() throws {
    let tape = try makeTape(.openblas)
    // 1.5 / 2, 1.5 / 1, and what is behind.
    let vectors: [[Float]] = [[0.15, 1], [0.15, 0], [0.01, -2]]
    let x = try #require(Tensor(vectors.flatMap { $0 }, shape: [3, 1, 1, 2]))
    let y = try tape.snap(
      tape.constant(x), to: [0, 0], measures: [[10, 0]], over: [[0, 1]], tolerance: 1)
    #expect(y.value.elements == [0, 0, 0.15, 0, 0.01, -2])
    #expect(throws: UserError.self) {
      try tape.snap(
        tape.constant(x), to: [0, 0], measures: [[10, 0]], over: [[0, 1], [0, 1]], tolerance: 1)
    }
  }
}
