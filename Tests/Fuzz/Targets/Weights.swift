import CFuzzer
import Foundation
import Models
import Support
@testable import Training
@testable import WeightFiles

extension FuzzTarget {
  static let weights = [
    FuzzTarget("pth") { try importFile($0) },
    FuzzTarget("safetensors") { bytes in
      let safetensors = try MappedFile(path: try Place.file(bytes))
      guard SafetensorsFile.matches(safetensors.bytes) else { throw NotKept() }
      try importFile(bytes)
    },
    FuzzTarget("pickle") { bytes in
      var unpickler = Unpickler(ByteReader(bytes: bytes, path: "input"))
      let value = try unpickler.load()
      let file = try MappedFile(path: "/proc/self/exe")
      let finder = TorchStateDict(heap: unpickler.heap, file: file, bigEndian: false) { _ in
        0..<min(4096, file.bytes.count)
      }
      for found in try finder.find(in: value) {
        for position in found.tensors.indices { _ = try found.read(position) }
      }
    },
    FuzzTarget("hdf5") { bytes in
      let path = try Place.newFile(bytes, named: "input.h5")
      guard try HDF5Attempt.survives(path) else { return }
      try HDF5Attempt.read(path)
    },
  ]

  private static func importFile(_ bytes: UnsafeRawBufferPointer) throws {
    let path = try Place.file(bytes)
    let imported = try WeightImporter.importFile(path) { Architecture.matching($0)?.name }
    if imported.weights.attributes["kind"] == CorrectorFile.kind {
      _ = try CorrectorFile.corrector(from: imported.weights, file: path)
    }
  }
}

/// HDF5 files are read as the program reads them: by a child process first.
private enum HDF5Attempt {
  nonisolated(unsafe) private static var caught = 0

  private static let report = atexit {
    print("stat::caught_in_child:           \(HDF5Attempt.caught)")
  }

  /// A crash of the library here, though a child got through: `run` counts it by this status and begins again.
  private static let catching: Void = HDF5Gate.catchCrashes(status: 73)

  /// Whether a child process gets through a file. A trap of Swift's in it is a finding; where libhdf5
  /// crashes or hangs is not.
  static func survives(_ path: String) throws -> Bool {
    _ = report
    _ = catching
    let outcome = rg_fuzz_attempt(
      { try? HDF5File(path: String(cString: $0!)).readThrough() }, path, 1)
    if outcome != 0 { keep(path, signal: -outcome) }
    if outcome == -SIGILL || outcome == -SIGTRAP { fatalError("a trap in the child process") }
    return outcome == 0
  }

  /// Counts a file that ended the child, and keeps the first ones in the folder FUZZ_CAUGHT.
  private static func keep(_ path: String, signal: Int32) {
    caught += 1
    guard caught <= 20, let folder = ProcessInfo.processInfo.environment["FUZZ_CAUGHT"],
      let content = FileManager.default.contents(atPath: path)
    else { return }
    let kept = "\(folder)/signal\(signal)-\(FileDigest.sha256(content).prefix(12)).h5"
    try? content.write(to: URL(fileURLWithPath: kept))
  }

  /// What the program does with such a file after that.
  static func read(_ path: String) throws {
    var problem: (any Error)?
    let readers: [() throws -> Void] = [
      { _ = try WeightImporter.importFile(path) },
      { _ = try CorrectorFile.load(path) },
      { _ = try Checkpoint(path: path) },
    ]
    for read in readers {
      do { try read() } catch {
        guard error is UserError else { throw error }
        problem = problem ?? error
      }
    }
    if let problem { throw problem }
  }
}
