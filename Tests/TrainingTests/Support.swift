import Datasets
import Foundation
import Imaging
import Models
import NeuralNetworks
import Support
import Synchronization
import Tensors
import Testing
import Tracking
import Training
import WeightFiles

/// A folder of a test's own, removed with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "realitygap-training-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Photos of smooth colours, `count` of them.
  @discardableResult
  func addPhotos(_ count: Int, to name: String = "photos") throws -> String {
    try FileManager.default.createDirectory(
      atPath: file(name), withIntermediateDirectories: true)
    for photo in 0..<count {
      let (width, height) = (288 + 4 * photo, 264)
      let pixels = (0..<width * height * 3).map { index -> UInt8 in
        let (x, y, c) = (Double(index / 3 % width), Double(index / 3 / width), index % 3)
        let wave = sin(x / Double(9 + 3 * c + photo)) + cos(y / Double(13 + 2 * photo - c))
        return UInt8(127.5 + 60 * wave)
      }
      let image = try #require(RGBImage(width: width, height: height, pixels: pixels))
      try AtomicFile.write(
        try JPEG.encode(image, quality: 92), to: file("\(name)/photo\(photo).jpg"))
    }
    return file(name)
  }
}

/// `noise` of Scripts/goldens/models.py: SplitMix64 of FNV-1a(name) + index, in [-1, 1).
func hashNoise(_ name: String, _ count: Int) -> [Float] {
  var key: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in name.utf8 { key = (key ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return (0..<count).map { index in
    var z = (UInt64(index) &+ key) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Float(z >> 40) * 0x1p-23 - 1
  }
}

extension EngineName {
  /// The engines that this build has: without oneDNN, one fewer.
  static var available: [EngineName] { allCases.filter { (try? $0.makeBackend()) != nil } }
}

/// A training file whose two phases use every stage, D, and both kinds of target.
func tinyYAML(
  steps: (Int, Int) = (3, 3), checkpoint: Int = 100, report: Int = 1, extra: String = ""
) -> String {
  """
  version: 1
  name: tiny
  seed: 7
  corrector:
    stages: [stn, color, unet]
    transformer: { view: 16, widths: [2], hidden: 4, normalization: batch }
    color: { view: 8, widths: [2], hidden: 4, summary: pool }
    unet: { width: 2, depth: 1 }
  discriminator: { widths: [2, 2, 2], learning_rate: 1.0e-3 }
  phases:
    - { name: look, learn: [stn], steps: \(steps.0), batch: 2, learning_rate: 1.0e-3,
        losses: { theta: 1 } }
    - { name: paint, learn: [color, unet], steps: \(steps.1), batch: 2, learning_rate: 1.0e-3,
        schedule: cosine, clip: 1, target: aligned, losses: { mse: 1, adversarial: 0.25 } }
  report_every: \(report)
  validate_every: 1000
  checkpoint_every: \(checkpoint)
  \(extra)
  """
}

/// A folder with photos, a database and outputs.
final class Workshop {
  let folder: TemporaryFolder
  let photos: String
  let store: Store

  init(photos count: Int = 5) throws {
    folder = try TemporaryFolder()
    photos = try folder.addPhotos(count)
    store = try Store(path: folder.file("runs.sqlite"))
  }

  static let run = NewRun(
    kind: .train, name: "tiny", configuration: "{}", command: "train", versions: [:])

  func trainer(
    _ configuration: TrainingConfiguration, output: String = "out", photos: String? = nil,
    validation: String? = nil, initial: String? = nil, store: Store? = nil,
    engine: EngineName = .openblas, threads: Int = 1, options: Trainer.Options = .init()
  ) throws -> Trainer {
    try Trainer(
      configuration, photos: try PhotoFolder(path: photos ?? self.photos),
      validation: try validation.map { try PhotoFolder(path: $0) }, output: folder.file(output),
      initial: initial.map { Trainer.Origin(path: $0) }, store: store ?? self.store,
      backend: try engine.makeBackend(),
      context: ComputeContext(threads: threads), options: options)
  }

  /// Trains; with `stopAfter` until so many steps have been made, as Ctrl-C would.
  @discardableResult
  func train(
    _ configuration: TrainingConfiguration, output: String = "out", resume: Bool = false,
    stopAfter: Int? = nil, validation: String? = nil, store: Store? = nil, threads: Int = 1
  ) throws -> Int64? {
    let made = Mutex(0)
    let trainer = try trainer(
      configuration, output: output, validation: validation, store: store, threads: threads,
      options: Trainer.Options(
        resume: resume, loaders: 2,
        shouldStop: {
          made.withLock {
            $0 += 1
            return $0 == stopAfter
          }
        }))
    do {
      return try trainer.run(Self.run)
    } catch is Trainer.Stopped {
      return nil
    }
  }

  /// Every number of an output's corrector.h5 and state.h5, by file and place.
  func bits(_ output: String) throws -> [String: [UInt32]] {
    var bits: [String: [UInt32]] = [:]
    for name in ["corrector.h5", "state.h5"] {
      let file = try HDF5File(path: folder.file("\(output)/\(name)"))
      for dataset in try file.datasets() {
        bits["\(name) \(dataset.name)"] =
          dataset.name.hasSuffix("/steps") || dataset.name.hasPrefix("sums/")
          ? try file.integers(dataset.name).map { UInt32(truncatingIfNeeded: $0) }
          : try file.tensor(dataset.name).elements.map(\.bitPattern)
      }
    }
    return bits
  }
}

/// The places where two outputs differ.
func differences(_ a: [String: [UInt32]], _ b: [String: [UInt32]]) -> [String] {
  Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
}

/// The line of the error that `body` throws.
func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}
