import Datasets
import Foundation
import Models
import NeuralNetworks
import Support
import Synchronization
import Tensors
import Testing
import Training

@Suite("Training batches")
struct BatchTests {
  let folder: TemporaryFolder
  let photos: PhotoFolder

  init() throws {
    folder = try TemporaryFolder()
    photos = try PhotoFolder(path: try folder.addPhotos(5))
  }

  private func batches(
    _ seed: UInt64 = 3, distortion: Distortion = .paper, flip: Bool = false, cache: Int = 1 << 30
  ) -> TrainingBatches {
    TrainingBatches(photos, distortion: distortion, seed: seed, flip: flip, cacheLimit: cache)
  }

  @Test("a batch is the same whatever was asked for before, with a cache and without")
  func addressed() throws {
    let forwards = batches(flip: true)
    let backwards = batches(flip: true, cache: 0)
    let firsts = [0, 2, 4, 18, 20]
    let a = try firsts.map { try forwards.batch(first: $0, size: 2) }
    let b = try firsts.reversed().map { try backwards.batch(first: $0, size: 2) }.reversed()
    for (a, b) in zip(a, b) {
      #expect(a.distorted.elements == b.distorted.elements)
      #expect(a.canonical.elements == b.canonical.elements)
      #expect(a.theta.elements == b.theta.elements)
    }
    let other = try batches(4, flip: true).batch(first: 0, size: 2)
    #expect(a[0].theta.elements != other.theta.elements)
    // A sample does not depend on the batch that it is in.
    let wide = try forwards.batch(first: 0, size: 4)
    #expect(Array(wide.theta.elements.prefix(12)) == a[0].theta.elements)
  }

  @Test("with the same jitter on both, x is what the affine distortion makes of y")
  func jitterOnBoth() throws {
    let apart = try batches().batch(first: 0, size: 5)
    let both = try batches().batch(first: 0, size: 5, jitter: .both)
    #expect(both.theta.elements == apart.theta.elements)
    #expect(both.canonical.elements != apart.canonical.elements)
    // Nearest-neighbour sampling makes no colours of its own: but for the black around it, each of
    // x's colours is one of y's.
    func colors(_ images: Tensor, _ index: Int) -> Set<[Float]> {
      let count = images.count / images.shape[0]
      let values = Array(images.elements[index * count..<(index + 1) * count])
      return Set((0..<count / 3).map { Array(values[3 * $0..<3 * $0 + 3]) })
    }
    let black = (0..<3).map { Normalization.imageNet[0, channel: $0] }
    for index in 0..<5 {
      let extra = colors(both.distorted, index).subtracting(colors(both.canonical, index))
      #expect(extra.subtracting([black]).isEmpty)
      #expect(!colors(apart.distorted, index).isSubset(of: colors(apart.canonical, index)))
    }
  }

  @Test("every photo once an epoch, in an order of its own and with draws of its own")
  func epochs() throws {
    let batches = batches()
    let epochs = try (0..<4).map { epoch in
      let first: Int = epoch * 5
      return try (first..<first + 5).map { try batches.batch(first: $0, size: 1) }
    }
    let orders = epochs.map { $0.map { $0.canonical.elements } }
    for order in orders { #expect(Set(order) == Set(orders[0])) }
    #expect(Set(orders[0]).count == 5)
    #expect(Set(orders).count > 1)
    #expect(Set(epochs.flatMap { $0.map { $0.theta.elements } }).count == 20)
  }

  @Test("θ is the one that undoes the distortion: x sampled by it is y", arguments: [false, true])
  func trueTheta(flip: Bool) throws {
    // No colours change.
    let distortion = try Distortion(
      definition: """
        version: 1
        rotation: [-5, 5]
        translation: 0.05
        scale: [0.8, 1.1]
        shear: [-5, 5]
        interpolation: bilinear
        """, identity: "custom")
    let batch = try batches(distortion: distortion, flip: flip).batch(first: 0, size: 5)
    let tape = Tape(
      backend: try EngineName.openblas.makeBackend(), context: ComputeContext(threads: 1))
    let grid = try tape.grid(of: tape.constant(batch.theta), height: 256, width: 256)
    let sampled = try tape.gridSample(
      tape.constant(batch.distorted), grid: grid, sampling: .bilinear)
    func middle(_ x: Variable) throws -> Variable {
      try tape.centerCrop(x, height: 128, width: 128)
    }
    let y = try middle(tape.constant(batch.canonical))
    let undone = try tape.meanSquaredError(try middle(sampled), y).value[0]
    let left = try tape.meanSquaredError(try middle(tape.constant(batch.distorted)), y).value[0]
    #expect(undone < 0.05 * left, "\(undone) of \(left)")
  }

  @Test("every preset makes batches: x differs from y, and θ brings it nearer where things move")
  func presets() throws {
    let tape = Tape(
      backend: try EngineName.openblas.makeBackend(), context: ComputeContext(threads: 1))
    for preset in Distortion.presets {
      let batches = batches(distortion: try Distortion.named(preset))
      let batch = try batches.batch(first: 0, size: 5, jitter: .both)
      #expect(try batches.batch(first: 0, size: 5).distorted.elements != batch.canonical.elements)
      if preset == "corruptions" { continue }
      let grid = try tape.grid(of: tape.constant(batch.theta), height: 256, width: 256)
      func error(_ image: Variable) throws -> Float {
        let middle = try tape.centerCrop(image, height: 128, width: 128)
        let y = try tape.centerCrop(tape.constant(batch.canonical), height: 128, width: 128)
        return try tape.meanSquaredError(middle, y).value[0]
      }
      let left = try error(tape.constant(batch.distorted))
      let undone = try error(
        tape.gridSample(tape.constant(batch.distorted), grid: grid, sampling: .bilinear))
      #expect(undone < 0.7 * left, "\(preset): \(undone) of \(left)")
    }
  }

  /// The five photos with two that are none.
  private func mixed() throws -> PhotoFolder {
    for name in ["bad", "worse"] {
      try AtomicFile.write("no picture", to: "\(photos.path)/\(name).jpg")
    }
    return try PhotoFolder(path: photos.path)
  }

  @Test("with variants draws repeat after as many epochs, and photographs are made once")
  func variants() throws {
    let kept = folder.file("kept")
    func batches(_ variants: Int?) throws -> TrainingBatches {
      TrainingBatches(
        photos, distortion: try Distortion.named("print"), seed: 3, flip: true, undistorted: 0.3,
        variants: variants, photographs: PhotographCache(folder: kept))
    }
    /// x by θ: an epoch's samples have an order of their own.
    func epoch(_ index: Int, _ batches: TrainingBatches) throws -> Set<[Float]> {
      let batch = try batches.batch(first: 5 * index, size: 5)
      let count = batch.distorted.count / 5
      return Set((0..<5).map { Array(batch.distorted.elements[$0 * count..<($0 + 1) * count]) })
    }
    let anew = try batches(nil)
    let repeated = try batches(2)
    let epochs = try (0..<4).map { try epoch($0, repeated) }
    #expect(epochs[0] == epochs[2] && epochs[1] == epochs[3] && epochs[0] != epochs[1])
    #expect(try epochs[0] == epoch(0, anew) && epochs[0] != epoch(2, anew))
    let files = try FileManager.default.subpathsOfDirectory(atPath: kept)
    #expect((1...15).contains(files.count { $0.hasSuffix(".jpg") }))
  }

  @Test(
    "a print is read from its photograph through the true homography: what it shows lies where y's does"
  )
  func transformed() throws {
    let batches = TrainingBatches(
      photos, distortion: try Distortion.named("print"), seed: 3, variants: 1,
      photographs: PhotographCache(folder: folder.file("kept")))
    let plain = try batches.batch(first: 0, size: 5, jitter: .both)
    let batch = try batches.batch(first: 0, size: 5, jitter: .both, filter: .lanczos)
    #expect(plain.transformed == nil && plain.distorted.elements == batch.distorted.elements)
    let read = try #require(batch.transformed)
    let tape = Tape(
      backend: try EngineName.openblas.makeBackend(), context: ComputeContext(threads: 1))
    func error(_ image: Tensor) throws -> Float {
      let middle = try tape.centerCrop(tape.constant(image), height: 128, width: 128)
      let y = try tape.centerCrop(tape.constant(batch.canonical), height: 128, width: 128)
      return try tape.meanSquaredError(middle, y).value[0]
    }
    let reduced = try tape.gridSample(
      tape.constant(batch.distorted),
      grid: try tape.grid(of: tape.constant(batch.theta), height: 256, width: 256),
      sampling: .bicubic)
    #expect(try error(read) < 1.1 * error(reduced.value))
    #expect(try error(read) < 0.5 * error(batch.distorted))
    // What the distortion makes at 256 pixels has no photo.
    #expect(
      try self.batches().batch(first: 0, size: 2, filter: .lanczos).transformed == nil)
  }

  @Test("a photo that cannot be used is named once; its samples show others, wherever one begins")
  func badPhotos() throws {
    let mixed = try mixed()
    let named = Mutex<[LeftOutPhoto]>([])
    func make(cache: Int) -> TrainingBatches {
      TrainingBatches(
        mixed, distortion: .paper, seed: 3, flip: true, undistorted: 0.2, cacheLimit: cache,
        faults: PhotoFaults { photo in named.withLock { $0.append(photo) } })
    }
    let whole = make(cache: 1 << 30)
    let first = try (0..<6).map { try whole.batch(first: 7 * $0, size: 7) }
    #expect(named.withLock { $0.map(\.name).sorted() } == ["bad.jpg", "worse.jpg"])
    #expect(
      named.withLock { $0.allSatisfy { $0.reason.hasPrefix("not a JPEG, PNG, WebP or PPM file") } })
    // Resumed anywhere, in batches of any size.
    let resumed = make(cache: 0)
    for sample in [40, 3, 17] {
      let single = try resumed.batch(first: sample, size: 1)
      let (batch, place) = sample.quotientAndRemainder(dividingBy: 7)
      let count = single.distorted.count
      #expect(
        single.distorted.elements
          == Array(first[batch].distorted.elements[place * count..<(place + 1) * count]))
    }
    // Each epoch shows every good photo, and the bad ones' places go to different ones.
    let shown = first.map { batch -> [[Float]] in
      let count = batch.canonical.count / 7
      return (0..<7).map { Array(batch.canonical.elements[$0 * count..<$0 * count + 3000]) }
    }
    #expect(shown.allSatisfy { Set($0).count >= 5 })
  }

  @Test("the samples of good photos are what they are without the bad ones' failing")
  func othersUntouched() throws {
    let mixed = try mixed()
    let before = TrainingBatches(mixed, distortion: .paper, seed: 3)
    let broken = try (0..<7).map { try before.batch(first: $0, size: 1) }
    for name in ["bad", "worse"] {
      try FileManager.default.removeItem(atPath: "\(photos.path)/\(name).jpg")
      try FileManager.default.copyItem(
        atPath: "\(photos.path)/photo0.jpg", toPath: "\(photos.path)/\(name).jpg")
    }
    let after = TrainingBatches(mixed, distortion: .paper, seed: 3)
    let mended = try (0..<7).map { try after.batch(first: $0, size: 1) }
    // The distortion is the sample's, whatever photo it shows.
    #expect(zip(broken, mended).allSatisfy { $0.theta.elements == $1.theta.elements })
    let same = zip(broken, mended).count { $0.distorted.elements == $1.distorted.elements }
    #expect(same >= 5)
  }

  @Test("with strict the first bad photo is an error; without a good one there is no batch")
  func noGoodPhoto() throws {
    let mixed = try mixed()
    let strict = TrainingBatches(
      mixed, distortion: .paper, seed: 3, faults: PhotoFaults(isStrict: true))
    let line = try #require(message { _ = try strict.batch(first: 0, size: 7) })
    #expect(
      line.hasPrefix("\(photos.path)/") && line.contains(".jpg: not a JPEG, PNG, WebP or PPM file"))
    #expect(line.contains("drop --strict"))
    for photo in mixed.photos { try AtomicFile.write([UInt8](), to: photo.place) }
    let none = TrainingBatches(mixed, distortion: .paper, seed: 3)
    let all = try #require(message { _ = try none.batch(first: 0, size: 2) })
    #expect(all.hasPrefix("\(photos.path): none of its 7 photos can be used"))
  }

  @Test("held-out photos give the same numbers and the same picture on any number of threads")
  func validationThreads() throws {
    let mixed = try mixed()
    let corrector = try Corrector(
      CorrectorConfiguration(
        stages: [.color], color: .init(features: .init(view: 8, widths: [2]))), seed: 1)
    func validate(threads: Int, seed: UInt64 = 5) throws -> ([Double], [UInt8], [String]) {
      let faults = PhotoFaults()
      let validation = try Validation(
        mixed, distortion: .paper, seed: seed, draws: 2, threads: threads, faults: faults)
      let tape = Tape(
        backend: try EngineName.openblas.makeBackend(), context: ComputeContext(threads: 1))
      let (result, picture) = try validation(corrector, tape: tape, active: [.color], batch: 3)
      return (result.metrics.map(\.value), picture.pixels, faults.leftOut.map(\.name))
    }
    let alone = try validate(threads: 1)
    #expect(alone.2 == ["bad.jpg", "worse.jpg"])
    #expect(try validate(threads: 4) == alone)
    #expect(try validate(threads: 4, seed: 6).0 != alone.0)
  }
}
