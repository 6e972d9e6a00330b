import CFuzzer
import Foundation

/// Where inputs become files. One input at a time is read, on one thread.
enum Place {
  nonisolated(unsafe) private static var descriptor: Int32 = -1

  /// The path of a file of these bytes, in memory.
  static func file(_ bytes: UnsafeRawBufferPointer) throws -> String {
    descriptor = rg_fuzz_file(descriptor, bytes.baseAddress, bytes.count)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
    return "/proc/self/fd/\(descriptor)"
  }

  /// A folder of this process in memory, emptied by nobody.
  static let folder: String = {
    let path = "/dev/shm/realitygap-fuzz-\(getpid())"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: "/dev/shm/realitygap-fuzz-\(getpid())") }
    return path
  }()

  /// Writes a named file into the folder.
  static func file(_ bytes: UnsafeRawBufferPointer, named name: String) throws -> String {
    let path = "\(folder)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Writes a file that no library can take for the one it read before, whose name was the same.
  static func newFile(_ bytes: UnsafeRawBufferPointer, named name: String) throws -> String {
    unlink("\(folder)/\(name)")
    return try file(bytes, named: name)
  }

  /// The checkout.
  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../..").standardizedFileURL.path
}
