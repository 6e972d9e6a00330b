import Foundation
import Imaging
import Models
import NeuralNetworks
import Support
import Tensors
import Testing
import WeightFiles

@Suite("Projective transformer")
struct ProjectiveTransformerTests {
  private let tape: Tape

  init() throws {
    tape = Tape(
      backend: try EngineName.openblas.makeBackend(), context: ComputeContext(threads: 2))
  }

  private func corrector(
    _ edit: (inout CorrectorConfiguration.STN) -> Void = { _ in }
  ) throws -> Corrector {
    var stn = CorrectorConfiguration.STN(
      localisation: .init(view: 16, widths: [2, 4], hidden: 4), map: .projective)
    edit(&stn)
    return try Corrector(CorrectorConfiguration(stages: [.stn], stn: stn), seed: 5)
  }

  private func head(_ corrector: Corrector) throws -> TrainableParameter {
    try #require(
      corrector.parameters.parameters.first { $0.name == "transformer.localisation.head.bias" })
  }

  private func photos(_ count: Int = 2) -> Tensor {
    Synthetic.noise("photos", shape: [count, 256, 256, 3]) { $0 }
  }

  private func largest(_ a: Tensor, _ b: Tensor) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a.elements, b.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("it starts as the identity, with a head of eight numbers, learning or not")
  func identity() throws {
    let corrector = try corrector()
    #expect(try head(corrector).value.shape == [8])
    let x = photos()
    let crop = try tape.centerCrop(tape.constant(x), height: 224, width: 224).value
    for mode in [Corrector.Mode(), .init(learning: [.stn]), .init(sampling: .bicubic)] {
      let output = try tape.withoutRecording { try corrector(tape, tape.constant(x), mode: mode) }
      #expect(output.theta?.value.elements == [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0])
      #expect(largest(output.corrected.value, crop) < 1e-4)
    }
  }

  @Test("compiled it gives what it gives on the tape", arguments: Sampling.allCases)
  func compiled(sampling: Sampling) throws {
    let corrector = try corrector { $0.sampling = sampling }
    for parameter in corrector.parameters.parameters {
      parameter.value = Synthetic.noise(parameter.name, shape: parameter.value.shape) { 0.3 * $0 }
    }
    // Smooth, so that where rounding decides which pixel is the nearest, it does not matter much.
    let x = Tensor([1, 256, 256, 3]) { memory in
      for index in 0..<memory.count {
        let (x, y, c) = (Float(index / 3 % 256), Float(index / 768), Float(index % 3))
        memory[index] = sin(x / (25 + c)) + cos(y / (30 - c))
      }
    }
    let expected = try tape.withoutRecording { try corrector(tape, tape.constant(x)) }
    let theta = try #require(expected.theta?.value.elements)
    #expect(abs(theta[6]) > 1e-3 && abs(theta[7]) > 1e-3)
    let parts = try CompiledCorrector(
      corrector, wanted: Set(CompiledCorrector.Part.allCases), backend: OpenBLASBackend(),
      context: tape.context)(x)
    #expect(largest(try #require(parts[.theta]), try #require(expected.theta?.value)) < 1e-5)
    let inside = try #require(parts[.corrected])
    #expect(largest(inside, expected.corrected.value) < (sampling == .nearest ? 0.1 : 1e-4))
    #expect(largest(inside, try #require(parts[.cropped])) == 0)
  }

  @Test("a θ within the tolerance moves no corner of the crop by more, and leaves images alone")
  func tolerance() throws {
    let x = photos(1)
    let crop = try tape.centerCrop(tape.constant(x), height: 224, width: 224).value
    for numbers: [Float] in [
      [1.01, 0.004, 0.02, -0.01, 0.99, 0.01, 0.03, -0.02], [1, 0, 0, 0, 1, 0, 0.1, 0.1],
      // Its two halves take each other's shift back.
      [1, 0, 0.05, 0, 1, 0, 0.05, 0],
    ] {
      let map = Homography(elements: numbers.map(Double.init) + [1])
      let shift = [(-1.0, -1.0), (-1, 1), (1, -1), (1, 1)].map { x, y in
        let corner = Homography.Point(0.875 * x, 0.875 * y)
        let found = map(corner)
        return 128 * max(abs(found.x - corner.x), abs(found.y - corner.y))
      }.reduce(0, max)
      for factor in [0.98, 1.02] {
        let corrector = try corrector {
          ($0.tolerance, $0.scale) = (factor * shift, 1)
        }
        let identity: [Float] = [1, 0, 0, 0, 1, 0, 0, 0]
        try head(corrector).value = Tensor(zip(numbers, identity).map { $0 - $1 })
        let compiled = try CompiledCorrector(
          corrector, wanted: [.theta, .corrected], backend: OpenBLASBackend(),
          context: tape.context)(x)
        let theta = try #require(compiled[.theta]?.elements)
        #expect((theta == identity) == (factor > 1), "\(numbers)")
        #expect((largest(try #require(compiled[.corrected]), crop) < 1e-4) == (factor > 1))
        let output = try tape.withoutRecording { try corrector(tape, tape.constant(x)) }
        #expect((output.theta?.value.elements == identity) == (factor > 1))
      }
    }
  }

  @Test("a known homography reads x as it reads the photo that x is a view of")
  func photo() throws {
    var photo = RGBImage(width: 512, height: 512)
    for index in photo.pixels.indices {
      let (x, y, c) = (Double(index / 3 % 512), Double(index / 3 / 512), Double(index % 3))
      photo.pixels[index] = UInt8(127.5 + 50 * sin(x / (29 + 5 * c)) + 50 * cos(y / (37 - 4 * c)))
    }
    let view = PhotoView(middleOf: photo, side: 256)
    let (mean, deviation) = (ImageNetStatistics.mean, ImageNetStatistics.standardDeviation)
    let x = Tensor([1, 256, 256, 3]) { memory in
      for index in 0..<memory.count {
        let value = Float(view.pixels.pixels[index]) / 255
        memory[index] = (value - mean[index % 3]) / deviation[index % 3]
      }
    }
    let numbers: [Float] = [0.9, 0.05, 0.04, -0.06, 0.85, -0.03, 0.12, -0.09]
    let theta = try #require(Tensor(numbers, shape: [1, 8]))
    let compiled = try [nil, ResamplingFilter.triangle].map { filter in
      try CompiledCorrector(
        corrector { ($0.photoFilter, $0.sampling) = (filter, .bicubic) }, knowsTheta: true,
        backend: OpenBLASBackend(), context: tape.context)
    }
    let fromView = try compiled[0].correct(x, theta: theta)
    let fromPhoto = try compiled[1].correct(x, photos: [view.source], theta: theta)
    #expect(fromView.elements != fromPhoto.elements)
    // Some grey levels of 255.
    #expect(largest(fromView, fromPhoto) < 6 / 255 / 0.22)
    // Where the pixels of ŷ come from, and what is there.
    let map = Homography(elements: numbers.map(Double.init) + [1])
    for (column, row) in [(20, 30), (111, 190), (200, 77)] {
      let (u, v) = ((Double(column) + 16.5) / 128 - 1, (Double(row) + 16.5) / 128 - 1)
      let place = map(Homography.Point(u, v))
      let (px, py) = ((place.x + 1) * 256 - 0.5, (place.y + 1) * 256 - 0.5)
      let value = 127.5 + 50 * sin(px / 29) + 50 * cos(py / 37)
      let expected = (Float(value) / 255 - mean[0]) / deviation[0]
      #expect(abs(fromView[(row * 224 + column) * 3] - expected) < 4 / 255 / 0.22)
      #expect(abs(fromPhoto[(row * 224 + column) * 3] - expected) < 4 / 255 / 0.22)
    }
  }

  @Test("an affine corrector is told homographies as well; any other count is an error")
  func known() throws {
    let x = photos(1)
    let known = try CompiledCorrector(
      corrector { ($0.map, $0.refinement) = (nil, .lattice) }, knowsTheta: true,
      backend: OpenBLASBackend(), context: tape.context)
    let numbers: [Float] = [1, 0, 0.1, 0, 1, 0, 0.1, 0]
    let theta = try #require(Tensor(numbers, shape: [1, 8]))
    let sampled = try Sampling.bilinear.apply(to: x, theta: theta, context: tape.context)
    let crop = try tape.centerCrop(tape.constant(sampled), height: 224, width: 224).value
    #expect(try known.correct(x, theta: theta).elements == crop.elements)
    for shape in [[1, 3, 3], [1, 7], [8]] {
      #expect(throws: UserError.self) { try known.correct(x, theta: Tensor(zeros: shape)) }
    }
  }

  @Test("the lattice is for affine maps")
  func lattice() throws {
    let error = #expect(throws: UserError.self) {
      try corrector { $0.refinement = .lattice }
    }
    #expect(
      error?.problem
        == "corrector: stn: refinement by the lattice is for affine maps, not for map: projective")
  }

  @Test("files say what the map is; those of affine maps do not, as before there was a choice")
  func file() throws {
    let path = NSTemporaryDirectory() + "realitygap-projective-" + UUID().uuidString + ".h5"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let corrector = try corrector()
    try head(corrector).value = Synthetic.noise("head", shape: [8]) { $0 }
    try CorrectorFile.write(corrector, to: path)
    let loaded = try CorrectorFile.load(path)
    #expect(loaded.configuration == corrector.configuration)
    #expect(loaded.configuration.stn.map == .projective)
    #expect(try head(loaded).value.elements == head(corrector).value.elements)
    let affine = try self.corrector { $0.map = nil }
    func json(_ configuration: CorrectorConfiguration) throws -> String {
      String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
    }
    #expect(try json(corrector.configuration).contains(#""map":"projective""#))
    #expect(try !json(affine.configuration).contains("map"))
    // Neither takes over the other's parameters; to name the affine map changes nothing.
    #expect(try affine.adopt(corrector).isEmpty)
    #expect(try affine.adopt(self.corrector { $0.map = .affine }) == [.stn])
  }
}
