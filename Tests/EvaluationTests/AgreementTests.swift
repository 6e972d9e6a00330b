import Datasets
import Evaluation
import Foundation
import Imaging
import Models
import NeuralNetworks
import Support
import Synchronization
import Tensors
import Testing

@Suite("Agreement")
final class AgreementTests {
  private let folder = NSTemporaryDirectory() + "realitygap-agreement-" + UUID().uuidString
  private let photos: PhotoFolder

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for photo in 0..<3 {
      let pixels = (0..<300 * 280 * 3).map { index -> UInt8 in
        let (x, y, c) = (Double(index / 3 % 300), Double(index / 3 / 300), index % 3)
        return UInt8(127.5 + 50 * sin(x / Double(20 + 5 * c + photo)) + 50 * cos(y / 31))
      }
      let image = try #require(RGBImage(width: 300, height: 280, pixels: pixels))
      try AtomicFile.write(try JPEG.encode(image, quality: 92), to: "\(folder)/\(photo).jpg")
    }
    photos = try PhotoFolder(path: folder)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The class is the brightest of a few pixels, which any shift and most colours change.
  private struct Brightest: ImageClassifier {
    let name = "brightest"
    let weightsDigest = "none"

    func logits(_ batch: Tensor) throws -> Tensor {
      let stride = batch.count / batch.shape[0]
      let values = batch.elements
      return Tensor([batch.shape[0], 16]) { memory in
        for index in 0..<memory.count {
          memory[index] = values[index / 16 * stride + (index % 16 * 3001 + 500) * 3]
        }
      }
    }
  }

  private func machine() throws -> Restoration.Machine {
    Restoration.Machine(
      backend: try EngineName.openblas.makeBackend(), precision: .float32,
      context: ComputeContext(threads: 2))
  }

  private func measure(
    _ restorations: [Restoration], batch: Int = 3, draws: Int = 4,
    distortion: Distortion = .paper
  ) throws -> [Agreement.Row] {
    try Agreement(photos, distortion: distortion, seed: 5, draws: draws, classifier: Brightest())(
      restorations, batch: batch, threads: 2)
  }

  @Test("y agrees with itself without error, x has relative error 1, and batches do not matter")
  func bounds() throws {
    let truth = Restoration("y") { $0.canonical }
    let rows = try measure([truth, .distorted])
    #expect(rows[0].agreement.correct == 12 && rows[0].agreement.total == 12)
    #expect(rows[0].agreement.clusters == 3)
    #expect(rows[0].mse == 0)
    #expect(abs(rows[1].relativeMSE - 1) < 1e-6 && rows[1].mse > 0.001)
    #expect(rows[1].agreement.correct < 12)
    let others = try measure([truth, .distorted], batch: 1)
    for (row, other) in zip(rows, others) {
      #expect(row.classes == other.classes && abs(row.mse - other.mse) < 1e-9)
    }
  }

  @Test("a photo that cannot be used is named once and left out: the others count as without it")
  func badPhoto() throws {
    let truth = Restoration("y") { $0.canonical }
    let rows = try measure([truth, .distorted])
    try AtomicFile.write("no picture", to: "\(folder)/1bad.jpg")
    try AtomicFile.write([UInt8](), to: "\(folder)/9empty.jpg")
    let mixed = try PhotoFolder(path: folder)
    let reported = Mutex<[String]>([])
    let faults = PhotoFaults { photo in reported.withLock { $0.append(photo.name) } }
    let others = try Agreement(
      mixed, distortion: .paper, seed: 5, draws: 4, classifier: Brightest(), faults: faults)(
        [truth, .distorted], batch: 3, threads: 2)
    let named = reported.withLock { $0 }
    #expect(named == ["1bad.jpg", "9empty.jpg"])
    for (row, other) in zip(rows, others) {
      #expect(other.leftOut.map(\.name) == named && row.leftOut == [])
      #expect(other.leftOut[0].reason.hasPrefix("not a JPEG, PNG, WebP or PPM file"))
      #expect(row.classes == other.classes && row.mse == other.mse)
      #expect(row.agreement.total == other.agreement.total)
    }
  }

  @Test("with strict, and where no photo can be used, agreement is an error")
  func noGoodPhoto() throws {
    func measure(_ folder: PhotoFolder, isStrict: Bool) throws {
      _ = try Agreement(
        folder, distortion: .paper, seed: 5, draws: 1, classifier: Brightest(),
        faults: PhotoFaults(isStrict: isStrict))(
          [Restoration("y") { $0.canonical }], batch: 3, threads: 2)
    }
    try AtomicFile.write("no picture", to: "\(folder)/1bad.jpg")
    let strict = #expect(throws: UserError.self) {
      try measure(try PhotoFolder(path: folder), isStrict: true)
    }
    #expect(strict?.description.contains("/1bad.jpg: ") == true)
    #expect(strict?.description.contains("drop --strict") == true)
    for photo in 0..<3 { try AtomicFile.write([UInt8](), to: "\(folder)/\(photo).jpg") }
    let all = #expect(throws: UserError.self) {
      try measure(try PhotoFolder(path: folder), isStrict: false)
    }
    #expect(all?.description.contains("none of its 4 photos can be used") == true)
  }

  @Test("a classifier of one class agrees on whatever is the majority's share")
  func counted() throws {
    // Restored to one grey image: the class of equal values is the first, 0.
    let grey = Restoration("grey") { Tensor(zeros: $0.canonical.shape) }
    let truth = Restoration("y") { $0.canonical }
    let rows = try measure([grey, truth])
    let zeros = rows[1].classes.count { $0 == 0 }
    #expect(rows[0].classes.allSatisfy { $0 == 0 })
    #expect(rows[0].agreement.correct == zeros)
  }

  @Test("knowing more of the distortion leaves less error, and a fresh corrector leaves it all")
  func ceilings() throws {
    let machine = try machine()
    let fresh = try Corrector(
      CorrectorConfiguration(
        stages: [.color], color: .init(features: .init(view: 8, widths: [2]))), seed: 1)
    let rows = try measure([
      .distorted, .corrector("fresh", fresh, on: machine), .trueAffine(.bilinear, on: machine),
      .trueAffine(.bilinear, on: machine, bestColor: true),
      .trueAffine(.bilinear, on: machine, isJittered: false), .colorAlone(repaired: true),
      .canonical(through: fresh, on: machine),
    ])
    let errors = rows.map(\.mse)
    #expect(abs(errors[1] - errors[0]) < 1e-6)
    #expect(errors[2] < errors[0])
    #expect(errors[3] < 0.5 * errors[2])
    #expect(errors[4] < 0.5 * errors[2])
    #expect(errors[5] < 0.1 * errors[0])
    #expect(errors[6] < 1e-9)
    #expect(rows.map(\.isCeiling) == [false, false, true, true, true, true, false])
  }

  @Test("the best colour matrix is the one that was applied")
  func leastSquares() {
    var random = RandomStream(seed: 3, purpose: "pixels")
    let x = (0..<300).map { _ in Float(random.uniform(in: -1...1)) }
    let matrix: [Double] = [0.9, 0.1, -0.2, 0.3, 0.05, 1.2, 0, -0.1, -0.3, 0.2, 0.7, 0.5]
    let y = (0..<300).map { index -> Float in
      let (base, row) = (index / 3 * 3, index % 3)
      let sum = (0..<3).reduce(matrix[4 * row + 3]) {
        $0 + matrix[4 * row + $1] * Double(x[base + $1])
      }
      return Float(sum)
    }
    let found = x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { LeastSquares.colorMatrix(x, $0) }
    }
    #expect(zip(found, matrix).allSatisfy { abs($0 - $1) < 1e-5 }, "\(found)")
    // One colour only: singular, and still it is met.
    let flat = [Float](repeating: 0.5, count: 30)
    let goal = [Float](repeating: 0.25, count: 30)
    let other = flat.withUnsafeBufferPointer { x in
      goal.withUnsafeBufferPointer { LeastSquares.colorMatrix(x, $0) }
    }
    let value = other[0] * 0.5 + other[1] * 0.5 + other[2] * 0.5 + other[3]
    #expect(abs(value - 0.25) < 1e-3)
  }
}
