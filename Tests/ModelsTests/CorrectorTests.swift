import Foundation
import Imaging
import Models
import NeuralNetworks
import Support
import Tensors
import Testing
import WeightFiles

@Suite("Corrector")
struct CorrectorTests {
  private let tape: Tape

  init() throws {
    tape = Tape(
      backend: try EngineName.openblas.makeBackend(), context: ComputeContext(threads: 1))
  }

  private static func configuration(
    _ stages: Set<CorrectorConfiguration.Stage> = [.stn, .color, .unet]
  ) -> CorrectorConfiguration {
    CorrectorConfiguration(
      stages: stages,
      stn: .init(localisation: .init(view: 16, widths: [2, 4], hidden: 4)),
      color: .init(features: .init(view: 8, widths: [2], summary: .pool, normalization: .batch)),
      unet: .init(width: 2, depth: 2, startsAsIdentity: true))
  }

  private func photos(_ count: Int = 2, side: Int = 256) -> Tensor {
    Synthetic.noise("photos", shape: [count, side, side, 3]) { $0 }
  }

  /// Gives all parameters values that do something, from −bound to bound.
  private func fill(_ corrector: Corrector, upTo bound: Float) {
    for parameter in corrector.parameters.parameters {
      let shape = parameter.value.shape
      parameter.value = Synthetic.noise(parameter.name, shape: shape) { bound * $0 }
    }
  }

  private func run(
    _ corrector: Corrector, _ x: Tensor, mode: Corrector.Mode = .init()
  ) throws -> Corrector.Output {
    try tape.withoutRecording { try corrector(tape, tape.constant(x), mode: mode) }
  }

  private func largest(_ a: Variable, _ b: Variable) -> Float {
    guard a.shape == b.shape else { return .infinity }
    return zip(a.value.elements, b.value.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test(
    "the U-Net for inference does what the recorded one does, also after its parameters changed")
  func compiledUNet() throws {
    var configuration = Self.configuration([.unet])
    configuration.unet = .init(width: 16, depth: 2, normalization: .batch)
    let corrector = try Corrector(configuration, seed: 6)
    for (index, values) in corrector.parameters.statistics.map(\.values).enumerated() {
      let count = values.mean.count
      values.mean = Synthetic.noise("mean \(index)", shape: [count]) { 0.2 * $0 }
      values.variance = Synthetic.noise("variance \(index)", shape: [count]) { 1 + 0.5 * $0 }
    }
    let x = photos()
    func compiled() throws -> Variable {
      tape.constant(
        try CompiledCorrector(corrector, backend: OpenBLASBackend(), context: tape.context)
          .correct(x))
    }
    func difference() throws -> Float {
      let recorded = try corrector(tape, tape.variable(x)).corrected
      tape.clear()
      return largest(try compiled(), recorded)
    }
    #expect(try difference() < 1e-4)
    let before = try compiled()
    let parameter = try #require(corrector.parameters.parameters.last)
    parameter.value.withUnsafeMutableBufferPointer { $0[0] += 1 }
    #expect(largest(try compiled(), before) > 0.5)
    #expect(try difference() < 1e-4)
    let statistics = try #require(corrector.parameters.statistics.first?.values)
    let middle = try compiled()
    statistics.variance = Tensor([Float](repeating: 0.1, count: statistics.variance.count))
    #expect(largest(try compiled(), middle) > 1e-3)
    #expect(try difference() < 1e-4)
  }

  @Test(
    "compiled, each stage gives what it gives on the tape, whichever are active",
    arguments: [[], [.stn], [.stn, .color], [.stn, .color, .unet]]
      as [Set<CorrectorConfiguration.Stage>])
  func compiledParts(active: Set<CorrectorConfiguration.Stage>) throws {
    var configuration = Self.configuration()
    configuration.color.histogram = 16
    let corrector = try Corrector(configuration, seed: 7)
    fill(corrector, upTo: 0.2)
    let x = photos(3)
    let expected = try run(corrector, x, mode: .init(active: active))
    for threads in [1, 2, 4] {
      let compiled = try CompiledCorrector(
        corrector, wanted: Set(CompiledCorrector.Part.allCases), active: active,
        backend: OpenBLASBackend(), context: ComputeContext(threads: threads))
      let parts = try compiled(x)
      func check(_ part: CompiledCorrector.Part, _ value: Variable?) throws {
        guard let value else {
          #expect(parts[part] == nil)
          return
        }
        let found = try #require(parts[part]?.reshaped(value.shape))
        #expect(largest(tape.constant(found), value) < 1e-4, "\(part), \(threads) threads")
      }
      try check(.theta, expected.theta)
      try check(.transformed, expected.transformed)
      try check(.cropped, expected.cropped)
      for stage in CorrectorConfiguration.Stage.allCases where stage != .stn {
        try check(.after(stage), expected.images[stage])
      }
      try check(.corrected, expected.corrected)
    }
  }

  @Test(
    "with heads at zero G is the crop of the middle, whichever stages it has",
    arguments: CorrectorConfiguration.Stage.allCases.map { [$0] } + [
      [.stn, .unet], Set(CorrectorConfiguration.Stage.allCases),
    ])
  func identity(stages: Set<CorrectorConfiguration.Stage>) throws {
    let corrector = try Corrector(Self.configuration(stages), seed: 5)
    for parameter in corrector.parameters.parameters
    where parameter.name.contains(".head.") {
      #expect(parameter.value.elements.allSatisfy { $0 == 0 }, "\(parameter.name)")
    }
    let x = photos()
    let crop = try tape.centerCrop(tape.constant(x), height: 224, width: 224)
    let learning = Corrector.Mode(learning: stages)
    for mode in [Corrector.Mode(), learning, .init(sampling: .bicubic), .init(sampling: .nearest)] {
      let output = try run(corrector, x, mode: mode)
      #expect(output.corrected.shape == [2, 224, 224, 3])
      // Sampling at whole pixels: rounding of coordinates only.
      #expect(largest(output.corrected, crop) < 1e-4)
      #expect((output.theta == nil) == !stages.contains(.stn))
      #expect(Set(output.estimates.keys) == stages)
    }
  }

  @Test("inactive stages pass their input on, and have no parameters when left out")
  func active() throws {
    let corrector = try Corrector(Self.configuration(), seed: 5)
    fill(corrector, upTo: 0.3)
    let x = photos()
    let whole = try run(corrector, x)
    let colored = try #require(whole.images[.color])
    #expect(largest(colored, whole.cropped) > 1e-3)
    #expect(largest(whole.corrected, colored) > 1e-3)
    let first = try run(corrector, x, mode: .init(active: [.stn]))
    #expect(largest(first.corrected, whole.cropped) == 0)
    let two = try run(corrector, x, mode: .init(active: [.stn, .color]))
    #expect(largest(two.corrected, colored) == 0)
    let none = try run(corrector, x, mode: .init(active: []))
    let crop = try tape.centerCrop(tape.constant(x), height: 224, width: 224)
    #expect(largest(none.corrected, crop) == 0)
    let stages = Set(
      corrector.parameters.parameters.map { String($0.name.prefix { $0 != "." }) })
    #expect(stages == ["transformer", "color", "unet"])
    let small = try Corrector(Self.configuration([.color]), seed: 5)
    #expect(small.parameters.parameters.allSatisfy { $0.name.hasPrefix("color.") })
    #expect(small.parameters(of: .stn).isEmpty)
    #expect(small.parameters(of: .color).count == small.parameters.parameters.count)
  }

  @Test("within its tolerance a stage that does not learn leaves images alone")
  func tolerance() throws {
    let x = photos()
    let crop = try tape.centerCrop(tape.constant(x), height: 224, width: 224)
    for (moved, colored) in [(0.0, 0.0), (64.0, 0.0), (0.0, 1.0), (64.0, 1.0)] {
      var configuration = Self.configuration([.stn, .color])
      (configuration.stn.tolerance, configuration.color.tolerance) = (moved, colored)
      let corrector = try Corrector(configuration, seed: 7)
      fill(corrector, upTo: 0.1)
      let output = try run(corrector, x)
      #expect((largest(output.cropped, crop) < 1e-4) == (moved > 0))
      #expect((largest(output.corrected, output.cropped) < 1e-5) == (colored > 0))
      let compiled = try CompiledCorrector(
        corrector, backend: OpenBLASBackend(), context: tape.context)
      #expect(largest(tape.constant(try compiled.correct(x)), output.corrected) < 1e-4)
      // What learns is applied as it is: its gradient has to come from somewhere.
      let learning = try run(corrector, x, mode: .init(learning: [.stn, .color]))
      #expect(largest(learning.cropped, crop) > 1e-2)
    }
  }

  @Test("a U-Net on blocks of pixels computes at half the size, on the tape and compiled alike")
  func blocks() throws {
    var configuration = Self.configuration([.unet])
    configuration.unet = .init(width: 4, depth: 2, pixelUnshuffle: 2)
    let corrector = try Corrector(configuration, seed: 7)
    let first = try #require(corrector.parameters.parameters.first)
    // Twelve numbers of a block and three deviations.
    #expect(first.value.shape == [4, 15, 3, 3])
    fill(corrector, upTo: 0.3)
    let x = photos()
    let output = try run(corrector, x)
    #expect(output.corrected.shape == [2, 224, 224, 3])
    #expect(largest(output.corrected, output.cropped) > 1e-2)
    let compiled = try CompiledCorrector(
      corrector, backend: OpenBLASBackend(), context: tape.context)
    #expect(largest(tape.constant(try compiled.correct(x)), output.corrected) < 1e-4)
    configuration.unet.pixelUnshuffle = 3
    #expect(throws: UserError.self) { try configuration.check() }
  }

  @Test("in bfloat16 the U-Net alone is rounded")
  func narrow() throws {
    guard EngineName.computesBfloat16 else { return }
    let corrector = try Corrector(Self.configuration(), seed: 7)
    fill(corrector, upTo: 0.2)
    let x = photos(3)
    func parts(_ precision: Precision) throws -> [CompiledCorrector.Part: Tensor] {
      try CompiledCorrector(
        corrector, wanted: [.theta, .after(.color), .corrected], backend: AutoBackend(),
        precision: precision, context: tape.context)(x)
    }
    let (wide, narrow) = (try parts(.float32), try parts(.bfloat16))
    for part in [CompiledCorrector.Part.theta, .after(.color)] {
      #expect(narrow[part]?.elements == wide[part]?.elements)
    }
    let input = try #require(wide[.after(.color)])
    let (exact, rounded) = (try #require(wide[.corrected]), try #require(narrow[.corrected]))
    // Of what the U-Net adds.
    let size = largest(tape.constant(exact), tape.constant(input))
    let error = largest(tape.constant(rounded), tape.constant(exact))
    #expect(error > 0 && error < 0.03 * size, "\(error) of \(size)")
  }

  @Test("θ is applied to the photo itself where the settings say so, and to x where there is none")
  func photoItself() throws {
    var photo = RGBImage(width: 700, height: 512)
    for index in photo.pixels.indices {
      let (x, y, c) = (index / 3 % 700, index / 3 / 700, index % 3)
      // Stripes that x cannot show, over a ramp.
      photo.pixels[index] = UInt8(60 + y / 5 + 20 * c + (x % 2 == 0 ? 20 : 0))
    }
    let view = PhotoView(middleOf: photo, side: 256)
    let statistics = (ImageNetStatistics.mean, ImageNetStatistics.standardDeviation)
    let x = Tensor([2, 256, 256, 3]) { memory in
      for index in 0..<memory.count {
        let value = Float(view.pixels.pixels[index % (256 * 256 * 3)]) / 255
        memory[index] = (value - statistics.0[index % 3]) / statistics.1[index % 3]
      }
    }
    func corrected(
      _ filter: ResamplingFilter?, _ photos: [PhotoView.Source?], _ theta: [Float]
    ) throws -> Tensor {
      var configuration = Self.configuration([.stn])
      (configuration.stn.sampling, configuration.stn.photoFilter) = (.bicubic, filter)
      let compiled = try CompiledCorrector(
        try Corrector(configuration, seed: 5), knowsTheta: true, backend: OpenBLASBackend(),
        context: tape.context)
      let known = try #require(Tensor(theta + theta, shape: [2, 2, 3]))
      return try compiled.correct(x, photos: photos, theta: known)
    }
    func difference(_ a: Tensor, _ b: Tensor, image: Int) -> Float {
      let count = a.count / 2
      return (image * count..<(image + 1) * count).reduce(0) { max($0, abs(a[$1] - b[$1])) }
    }
    let zoom: [Float] = [0.5, 0.02, 0.1, -0.02, 0.5, -0.05]
    let plain = try corrected(nil, [], zoom)
    #expect(try corrected(nil, [view.source, view.source], zoom).elements == plain.elements)
    #expect(try corrected(.cubic, [], zoom).elements == plain.elements)
    let sharp = try corrected(.cubic, [view.source, nil], zoom)
    #expect(difference(sharp, plain, image: 1) == 0)
    // Stripes of the photo, 20 of 255, show in the first image, which at twice the size has room for them.
    let found = difference(sharp, plain, image: 0)
    #expect(found > 10 / 255 / 0.23 && found < 30 / 255 / 0.22)
    // What is unknown becomes no picture.
    let unknown = try corrected(.cubic, [view.source, view.source], [.nan, 0, 0, 0, 1, 0])
    #expect(unknown.elements.allSatisfy { $0.isNaN })
    // The identity leaves x as it is.
    let identity: [Float] = [1, 0, 0, 0, 1, 0]
    let same = try corrected(.lanczos, [view.source, view.source], identity)
    #expect(try same.elements == corrected(nil, [], identity).elements)
  }

  @Test("a θ that is given takes the place of the transformer's")
  func givenTheta() throws {
    let corrector = try Corrector(Self.configuration([.stn]), seed: 5)
    let x = photos()
    let theta = Tensor([2, 2, 3]) { memory in
      for (index, value) in [1, 0, 0.125, 0, 1, -0.25, 1, 0, 0, 0, 1, 0].enumerated() {
        memory[index] = Float(value)
      }
    }
    let output = try run(corrector, x, mode: .init(theta: theta))
    #expect(output.theta?.value.elements == theta.elements)
    // A shift by 16 and −32 pixels of the first image; the second stays.
    let (found, before) = (output.corrected.value.elements, x.elements)
    let side = Corrector.outputSide
    for (row, column) in [(40, 3), (100, 200), (223, 0)] {
      for channel in 0..<3 {
        let place = (row * side + column) * 3 + channel
        let shifted = ((row + 16 - 32) * 256 + column + 16 + 16) * 3 + channel
        #expect(abs(found[place] - before[shifted]) < 1e-3)
        let same = ((256 + row + 16) * 256 + column + 16) * 3 + channel
        #expect(abs(found[side * side * 3 + place] - before[same]) < 1e-3)
      }
    }
  }

  @Test("histograms of x reach the colour stage, whatever the transformer does to it")
  func histograms() throws {
    var configuration = Self.configuration([.stn, .color])
    configuration.color.histogram = 16
    let corrector = try Corrector(configuration, seed: 5)
    for parameter in corrector.parameters.parameters {
      // A view that says nothing leaves the histograms alone.
      let isView = parameter.name.hasPrefix("color.convolutions")
      let shape = parameter.value.shape
      parameter.value =
        isView
        ? Tensor(zeros: shape) : Synthetic.noise(parameter.name, shape: shape) { 0.3 * $0 }
    }
    let x = photos(1)
    // Mirrored, x has the same histograms.
    let mirrored = Tensor(x.shape) { memory in
      let values = x.elements
      for index in 0..<memory.count {
        let (pixel, channel) = (index / 3, index % 3)
        memory[index] = values[(pixel / 256 * 256 + 255 - pixel % 256) * 3 + channel]
      }
    }
    let centered = Corrector.Mode(active: [.color])
    let a = try #require(try run(corrector, x, mode: centered).estimates[.color])
    let b = try #require(try run(corrector, mirrored, mode: centered).estimates[.color])
    #expect(largest(a, b) < 1e-4)
    let darker = Tensor(x.shape) { memory in
      for (index, value) in x.elements.enumerated() { memory[index] = value - 0.5 }
    }
    let c = try #require(try run(corrector, darker, mode: centered).estimates[.color])
    #expect(largest(a, c) > 1e-3)
  }

  @Test("images do not depend on the others of a batch, except in batch norm that learns")
  func independent() throws {
    let corrector = try Corrector(Self.configuration(), seed: 5)
    fill(corrector, upTo: 0.3)
    let both = try run(corrector, photos(2)).corrected.value.elements
    let one = try run(corrector, photos(1)).corrected.value.elements
    #expect(zip(one, both).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test("gradients reach the stages that learn, and no others")
  func learning() throws {
    let corrector = try Corrector(Self.configuration(), seed: 5)
    fill(corrector, upTo: 0.2)
    for learning: CorrectorConfiguration.Stage in [.stn, .color, .unet] {
      corrector.parameters.parameters.clearGradients()
      corrector.parameters.parameters.freeze(true)
      corrector.parameters(of: learning).freeze(false)
      let output = try corrector(
        tape, tape.constant(photos()), mode: .init(learning: [learning]))
      let target = tape.constant(Tensor(zeros: [2, 224, 224, 3]))
      try tape.backward(from: try tape.meanSquaredError(output.corrected, target))
      for parameter in corrector.parameters.parameters {
        let isOwn = corrector.parameters(of: learning).contains { $0 === parameter }
        #expect((parameter.gradient != nil) == isOwn, "\(learning): \(parameter.name)")
      }
    }
  }

  @Test("the same seed starts with the same bits, another with others")
  func seeds() throws {
    func values(_ seed: UInt64) throws -> [[Float]] {
      try Corrector(Self.configuration(), seed: seed).parameters.parameters.map(\.value.elements)
    }
    #expect(try values(1) == values(1))
    #expect(try values(1) != values(2))
  }

  @Test("the number of parameters is known before they are made", arguments: [true, false])
  func parameterCount(batchNorm: Bool) throws {
    var configuration = Self.configuration()
    let kind: Normalizing = batchNorm ? .batch : .none
    configuration.unet.normalization = kind
    configuration.unet.deviationPlanes = batchNorm
    configuration.stn.localisation.normalization = kind
    configuration.stn.localisation.firstKernel = batchNorm ? 7 : 3
    configuration.color.features.hidden = batchNorm ? nil : 8
    configuration.color.histogram = batchNorm ? 32 : nil
    for stages: Set<CorrectorConfiguration.Stage> in [[.stn], [.color], [.unet], [.stn, .unet]] {
      configuration.stages = stages
      let corrector = try Corrector(configuration, seed: 0)
      let made = corrector.parameters.parameters.reduce(0) { $0 + $1.value.count }
      let known = try configuration.parameterCount
      #expect(known == made, "\(stages)")
    }
  }

  @Test(
    "images of another shape are errors",
    arguments: [[256, 256, 3], [1, 256, 256, 4], [1, 200, 256, 3], [1, 256, 100, 3], [1, 3]])
  func shapes(shape: [Int]) throws {
    let corrector = try Corrector(Self.configuration(), seed: 0)
    #expect(throws: UserError.self) { try run(corrector, Tensor(zeros: shape)) }
    let discriminator = try Discriminator(widths: [2, 2, 2], seed: 0)
    #expect(throws: UserError.self) {
      try discriminator.logits(tape, tape.constant(Tensor(zeros: shape)), training: false)
    }
  }

  @Test("D gives one logit an image")
  func discriminator() throws {
    let discriminator = try Discriminator(widths: [2, 3, 4], seed: 0)
    let logits = try discriminator.logits(
      tape, tape.constant(photos(3, side: 224)), training: true)
    #expect(logits.shape == [3, 1])
    #expect(Set(logits.value.elements).count == 3)
  }
}
