import Foundation
import Imaging
import Models
import NeuralNetworks
import Support
import Tensors
import Testing
import Training

@Suite("Training against homographies")
struct ProjectiveTrainingTests {
  private let tape: Tape
  private static let map = Homography(
    elements: [0.92, 0.06, 0.05, -0.04, 0.95, -0.06, 0.08, -0.06, 1])

  init() throws {
    tape = Tape(
      backend: try EngineName.openblas.makeBackend(), context: ComputeContext(threads: 2))
  }

  private static func configuration(
    map: String, losses: String, steps: Int = 1
  ) throws -> TrainingConfiguration {
    try TrainingConfiguration(
      yaml: """
        version: 1
        name: perspective
        seed: 7
        corrector: { stages: [stn], stn: { view: 16, widths: [2], hidden: 4, map: \(map) } }
        phases:
          - { name: look, learn: [stn], steps: \(steps), batch: 2, learning_rate: 2.0e-2,
              schedule: cosine, losses: \(losses) }
        """, file: "perspective.yaml")
  }

  private func step(
    _ configuration: TrainingConfiguration
  ) throws -> (corrector: Corrector, step: TrainingStep) {
    let corrector = try Corrector(configuration.corrector, seed: 3)
    return (
      corrector,
      TrainingStep(
        configuration, phase: configuration.phases[0], generator: corrector, adversary: nil,
        tape: tape)
    )
  }

  /// Smooth waves, different for each image and channel, at a place of y.
  private static func wave(_ image: Int, _ channel: Int, _ place: Homography.Point) -> Float {
    let phase = Double(image + 2 * channel)
    return Float(sin(5 * place.x + phase) + cos(4 * place.y - 2 * place.x + phase))
  }

  /// Images of waves, and the same as the inverse of `map` moves them; θ tells `map`.
  private static func batch(theta: [Float], map: Homography = Self.map) throws -> TrainingBatch {
    func images(_ place: (Homography.Point) -> Homography.Point) -> Tensor {
      Tensor([2, 256, 256, 3]) { memory in
        for index in 0..<memory.count {
          let (pixel, channel) = (index / 3, index % 3)
          let at = Homography.Point(
            (Double(pixel % 256) + 0.5) / 128 - 1, (Double(pixel / 256 % 256) + 0.5) / 128 - 1)
          memory[index] = wave(pixel / 65536, channel, place(at))
        }
      }
    }
    let inverse = map.inverse
    return TrainingBatch(
      canonical: images { $0 }, distorted: images { inverse($0) },
      theta: try #require(
        Tensor(theta + theta, shape: theta.count == 6 ? [2, 2, 3] : [2, theta.count])))
  }

  private static let numbers = map.elements.prefix(8).map { Float($0) }

  /// Where a map puts x and y of the crop's corners, pixels of 256 from the middle.
  private static func corners(_ map: Homography) -> [Double] {
    [(-0.875, -0.875), (0.875, -0.875), (-0.875, 0.875), (0.875, 0.875)].flatMap { x, y in
      let point = map(Homography.Point(x, y))
      return [128 * point.x, 128 * point.y]
    }
  }

  private static let identity = Homography(elements: [1, 0, 0, 0, 1, 0, 0, 0, 1])

  private static func charbonnier(_ a: Homography, _ b: Homography) -> Double {
    zip(corners(a), corners(b)).reduce(0) { sum, pair in
      sum + ((pair.0 - pair.1) * (pair.0 - pair.1) + 0.25).squareRoot()
    } / 8
  }

  @Test(
    "θ's loss is the error of the corners as the homographies map them, for either kind of map",
    arguments: ["affine", "projective"])
  func loss(map: String) throws {
    let (corrector, step) = try step(try Self.configuration(map: map, losses: "{ theta: 1 }"))
    let head = try #require(
      corrector.parameters.parameters.first { $0.name == "transformer.localisation.head.bias" })
    let moved: [Float] = [0.1, -0.2, 0.3, 0.2, -0.3, 0.1, 0.4, -0.5]
    head.value = Tensor(Array(moved.prefix(head.value.count)))
    let numbers = zip([1, 0, 0, 0, 1, 0, 0, 0], moved).map { Double($0) + 0.1 * Double($1) }
    let predicted = Homography(
      elements: map == "affine" ? Array(numbers.prefix(6)) + [0, 0, 1] : numbers + [1])
    let parts = try step(try Self.batch(theta: Self.numbers), step: 0)
    let expected = Self.charbonnier(predicted, Self.map)
    let found = try #require(parts.first { $0.name == "theta" }?.value)
    #expect(abs(Double(found) - expected) < 1e-4 * expected)
    let error = try #require(parts.first { $0.name == "theta_error" }?.value)
    let differences = zip(predicted.elements, Self.map.elements).map { abs($0 - $1) }
    #expect(abs(Double(error) - differences.reduce(0, +) / 8) < 1e-5)
  }

  @Test("an affine truth may be given as a homography", arguments: ["affine", "projective"])
  func affineTruth(map: String) throws {
    let affine: [Float] = [0.93, 0.05, 0.06, -0.07, 0.98, -0.04]
    let truth = Homography(elements: affine.map(Double.init) + [0, 0, 1])
    let losses = "{ mse: 1, theta: 1 }"
    let results = try [affine, affine + [0, 0]].map { theta in
      let (corrector, step) = try step(
        try Self.configuration(map: map, losses: losses))
      let parts = try step(try Self.batch(theta: theta, map: truth), step: 0)
      return (
        parts.filter { $0.name != "theta_error" }.map(\.value),
        corrector.parameters.parameters.map(\.value.elements)
      )
    }
    #expect(results[0].0 == results[1].0)
    #expect(results[0].1 == results[1].1)
  }

  @Test("what is left of a homography after another, and the aligned target that follows from it")
  func composed() throws {
    let predicted = Homography(elements: [1.04, -0.03, 0.02, 0.05, 0.97, 0.03, -0.05, 0.07, 1])
    func tensor(_ map: Homography) throws -> Tensor {
      try #require(Tensor(map.elements.prefix(8).map { Float($0) }, shape: [1, 8]))
    }
    let rest = Objective.composed(inverting: try tensor(Self.map), try tensor(predicted))
    let expected = Self.map.inverse.after(predicted).elements
    #expect(rest.shape == [1, 8])
    for index in 0..<8 { #expect(abs(Double(rest[index]) - expected[index] / expected[8]) < 1e-6) }
    let affine = Tensor([0.9, 0.1, 0.05, -0.1, 1.1, -0.07])
    let mixed = Objective.composed(
      inverting: try #require(affine.reshaped([1, 2, 3])), try tensor(predicted))
    let wide = Objective.composed(
      inverting: try #require(Tensor(affine.elements + [0, 0], shape: [1, 8])),
      try tensor(predicted))
    #expect(mixed.elements == wide.elements)

    // x through the truth is y; through what is predicted it is the aligned target.
    let batch = try Self.batch(theta: Self.numbers)
    var phase = try Self.configuration(map: "projective", losses: "{ mse: 1 }").phases[0]
    phase.target = .aligned
    let objective = Objective(phase: phase, form: .saturating)
    for map in [Self.map, predicted] {
      let theta = try tensor(map)
      let both = try #require(Tensor(theta.elements + theta.elements, shape: [2, 8]))
      let target = try objective.target(tape, batch, theta: tape.constant(both))
      let seen = try tape.sample(
        tape.constant(batch.distorted), theta: tape.constant(both), sampling: .bicubic)
      let middle = try tape.centerCrop(seen, height: 128, width: 128)
      let wanted = try tape.centerCrop(target, height: 128, width: 128)
      let error = try tape.meanSquaredError(middle, wanted).value[0]
      #expect(error < 1e-5)
    }
  }

  @Test(
    "a projective transformer learns a perspective from θ, and from images alone",
    arguments: ["{ theta: 1 }", "{ mse: 1, pool: 4 }"])
  func learns(losses: String) throws {
    let steps = 60
    let configuration = try Self.configuration(map: "projective", losses: losses, steps: steps)
    let (corrector, step) = try step(configuration)
    let batch = try Self.batch(theta: Self.numbers)
    for index in 0..<steps { _ = try step(batch, step: index) }
    let output = try tape.withoutRecording {
      try corrector(tape, tape.constant(batch.distorted))
    }
    let theta = try #require(output.theta?.value.elements)
    let before = Self.charbonnier(Self.identity, Self.map)
    for image in 0..<2 {
      let found = Homography(
        elements: theta[8 * image..<8 * image + 8].map(Double.init) + [1])
      let after = Self.charbonnier(found, Self.map)
      #expect(after < 0.3 * before, "\(losses): \(after) of \(before)")
    }
    #expect(abs(theta[6]) > 0.02 && abs(theta[7]) > 0.02)
  }
}
