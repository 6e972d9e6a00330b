import NeuralNetworks
import Support
import Tensors
import Testing

@Suite("Sampling through a homography")
struct ProjectiveSamplingTests {
  private let context = ComputeContext(threads: 2)
  private let height = 21
  private let width = 34

  /// θ of two images, the second one strongly tilted; no place lies in the middle between two pixels.
  private var theta: Tensor {
    Tensor([2, 8]) { memory in
      let numbers: [Float] = [
        0.9, 0.1, 0.05, -0.1, 1.1, -0.07, 0.08, -0.05, 0.713, -0.187, 0.131, 0.209, 0.797,
        0.107, 0.403, 0.291,
      ]
      _ = memory.update(fromContentsOf: numbers)
    }
  }

  /// Where the pixels of a result are read, by the textbook's formula.
  private func places(_ theta: Tensor) -> Tensor {
    Tensor([theta.shape[0], height, width, 2]) { memory in
      for index in 0..<memory.count / 2 {
        let image = index / (height * width)
        let t = (0..<8).map { Double(theta[8 * image + $0]) }
        let u = 2 * (Double(index % width) + 0.5) / Double(width) - 1
        let v = 2 * (Double(index / width % height) + 0.5) / Double(height) - 1
        let w = t[6] * u + t[7] * v + 1
        memory[2 * index] = Float((t[0] * u + t[1] * v + t[2]) / w)
        memory[2 * index + 1] = Float((t[3] * u + t[4] * v + t[5]) / w)
      }
    }
  }

  private func differing(_ a: Tensor, _ b: Tensor) -> Int {
    zip(a.elements, b.elements).count { !(abs($0 - $1) < 1e-4) }
  }

  @Test("each sampler reads where the homography points", arguments: Sampling.allCases)
  func formula(sampling: Sampling) throws {
    let tape = try makeTape()
    let x = noise([2, height, width, 3], seed: 1)
    let expected = try tape.gridSample(
      tape.constant(x), grid: tape.constant(places(theta)), sampling: sampling
    ).value
    let once = try sampling.apply(to: x, theta: theta, context: context)
    let recorded = try tape.sample(
      tape.constant(x), theta: tape.constant(theta), sampling: sampling
    ).value
    #expect(differing(once, expected) == 0)
    #expect(differing(recorded, expected) == 0)
    #expect(expected.elements.contains { abs($0) > 0.5 })
  }

  @Test("with g = h = 0 it is the affine map, bit for bit", arguments: Sampling.allCases)
  func affine(sampling: Sampling) throws {
    let tape = try makeTape()
    let x = noise([1, height, width, 3], seed: 2)
    let affine = Tensor([1.03, -0.21, 0.07, 0.18, 0.87, -0.11])
    let projective = Tensor(affine.elements + [0, 0])
    let pair = try [(6, affine), (8, projective)].map { count, numbers in
      let theta = try #require(numbers.reshaped([1, count]))
      return (
        try sampling.apply(to: x, theta: theta, context: context).elements,
        try tape.sample(tape.constant(x), theta: tape.constant(theta), sampling: sampling)
          .value.elements
      )
    }
    #expect(pair[0].0 == pair[1].0)
    #expect(pair[0].1 == pair[1].1)
  }

  @Test(
    "what lies at infinity or behind the camera is outside, and has no gradient",
    arguments: Sampling.allCases)
  func behind(sampling: Sampling) throws {
    let tape = try makeTape()
    let ones = Tensor([1, height, width, 1]) { $0.update(repeating: 1) }
    // w = 1 + 2 u, 0 at u = −1/2. Without the rule the points beyond it would be mirrored into the image.
    let numbers: [Float] = [0.5, 0, 0, 0, 0.5, 0, 2, 0]
    let theta = try #require(Tensor(numbers, shape: [1, 8]))
    for image in [
      try sampling.apply(to: ones, theta: theta, context: context),
      try tape.sample(tape.constant(ones), theta: tape.constant(theta), sampling: sampling).value,
    ] {
      for pixel in 0..<height * width {
        let u = 2 * (Double(pixel % width) + 0.5) / Double(width) - 1
        let v = 2 * (Double(pixel / width) + 0.5) / Double(height) - 1
        let w = 1 + 2 * u
        if w <= 0 {
          #expect(image[pixel] == 0)
        } else if abs(u / w) < 1.5, abs(v / w) < 1.5 {
          #expect(abs(image[pixel] - 1) < 1e-5)
        }
      }
    }
    var unknown = theta
    unknown[6] = .nan
    let nothing = try sampling.apply(to: ones, theta: unknown, context: context)
    #expect(nothing.elements.allSatisfy { $0 == 0 })
    guard sampling == .bilinear else { return }
    let leaf = tape.variable(theta)
    let y = try tape.sample(
      tape.constant(noise([1, height, width, 1], seed: 4)), theta: leaf, sampling: sampling)
    try tape.backward(from: y, gradient: noise(y.shape, seed: 5))
    let gradient = try #require(tape.gradient(of: leaf))
    #expect(gradient.shape == [1, 8] && gradient.firstNonFinite == nil)
    #expect(gradient.elements.contains { $0 != 0 })
  }

  @Test("θ of neither six nor eight numbers is an error")
  func misfits() throws {
    let tape = try makeTape()
    let x = noise([1, 4, 4, 3], seed: 1)
    for count in [5, 7, 9] {
      let theta = Tensor(zeros: [1, count])
      #expect(throws: UserError.self) {
        try Sampling.bilinear.apply(to: x, theta: theta, context: context)
      }
      #expect(throws: UserError.self) {
        try tape.sample(tape.constant(x), theta: tape.constant(theta), sampling: .bilinear)
      }
    }
  }
}
