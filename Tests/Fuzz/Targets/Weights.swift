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
    FuzzTarget("pickle", of: "pth") { bytes in
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
      let child = try FuzzedChild.current()
      do {
        try HDF5Attempt.read(path) { _ in
          guard child.isLiving else { throw UserError("it has ended the child") }
          return child
        }
      } catch {
        // What is made of it would mostly end the next child, after a second where the library never returns.
        guard child.isLiving else { throw NotKept() }
        throw error
      }
    },
    FuzzTarget("hdf5-answers", of: "hdf5") { bytes in
      let content = [UInt8](bytes)
      try HDF5Attempt.read(try HDF5Attempt.signature.get()) { _ in try Saying(content) }
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

/// HDF5 files are read as the program reads them.
private enum HDF5Attempt {
  /// A file that is HDF5 at first sight.
  static let signature = Result {
    let bytes: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 2, 0]
    return try bytes.withUnsafeBytes { try Place.file($0, named: "signature.h5") }
  }

  static func read(_ path: String, by choice: @escaping HDF5Gate.Choice) throws {
    HDF5Gate.set(choice)
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

/// The child that reads one file after another: a fork of what AddressSanitizer watches takes 40 ms.
private final class FuzzedChild: HDF5Process {
  let descriptor: Int32
  let seconds = 1
  private let process: pid_t
  /// The library leaks.
  private static let mostFiles = 2000

  nonisolated(unsafe) private static var living: FuzzedChild?
  nonisolated(unsafe) private static var files = 0
  nonisolated(unsafe) private static var caught = 0
  private static let report = atexit {
    print("stat::caught_in_child:           \(FuzzedChild.caught)")
  }

  private init() throws {
    var process: pid_t = 0
    descriptor = rg_fuzz_start({ try? HDF5Server.serve($0) }, &process)
    guard descriptor >= 0 else { throw CocoaError(.executableLoad) }
    self.process = process
  }

  /// The one that lives, or a new one; called once a file.
  static func current() throws -> FuzzedChild {
    _ = report
    if files % mostFiles == 0 { living?.end() }
    files += 1
    let child = try living ?? FuzzedChild()
    living = child
    return child
  }

  var isLiving: Bool { Self.living === self }

  @discardableResult
  private func end() -> Int32 {
    Self.living = nil
    close(descriptor)
    return rg_fuzz_end(process)
  }

  /// A trap of Swift's in it is a finding; where libhdf5 crashes or hangs is not.
  func failure(_ fault: HDF5Fault) -> UserError {
    let signal = end()
    Self.keep(fault, signal: signal)
    if signal == SIGILL || signal == SIGTRAP { fatalError("a trap in the child process") }
    return UserError("\(fault)")
  }

  /// Counts a file that ended the child, and keeps the first ones in the folder FUZZ_CAUGHT.
  private static func keep(_ fault: HDF5Fault, signal: Int32) {
    caught += 1
    guard caught <= 20, let folder = ProcessInfo.processInfo.environment["FUZZ_CAUGHT"],
      let content = FileManager.default.contents(atPath: "\(Place.folder)/input.h5")
    else { return }
    let kept = "\(folder)/\(fault)\(signal)-\(FileDigest.sha256(content).prefix(12)).h5"
    try? content.write(to: URL(fileURLWithPath: kept))
  }
}

/// What says the same whatever it is asked, and then no more.
private final class Saying: HDF5Process {
  let descriptor: Int32
  let seconds = 1
  private let other: Int32

  init(_ bytes: [UInt8]) throws {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
      throw CocoaError(.fileReadUnknown)
    }
    (descriptor, other) = (ends[0], ends[1])
    guard write(other, bytes, bytes.count) == bytes.count else { throw NotKept() }
    // Open to what is asked.
    shutdown(other, Int32(SHUT_WR))
  }

  deinit {
    close(descriptor)
    close(other)
  }

  func failure(_ fault: HDF5Fault) -> UserError { UserError("\(fault)") }
}
