import Foundation
import Support
import WeightFiles

/// A child process of this program that reads an HDF5 file from end to end, and does nothing else.
struct ExaminingProcess {
  private let path: String
  /// What the file may cost.
  private let (seconds, bytes): (Int, Int)

  /// The first argument of such a process; its path and bytes of memory follow.
  private static let word = "--examine-hdf5"
  /// The status of one that ran out of memory without a crash.
  private static let outOfMemory: Int32 = 3

  /// - Parameter size: of the file in bytes.
  /// - Throws: `UserError` for a limit that is no number.
  init(path: String, size: Int) throws {
    self.path = path
    seconds = try Limits.hdf5Seconds.value + size / 10_000_000
    bytes = try Limits.hdf5Bytes.value
  }

  /// Starts it and waits.
  ///
  /// - Throws: `UserError` naming the file where the process crashed or did not end in time.
  func run() throws {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = [Self.word, path, "\(bytes)"]
    var environment = ProcessInfo.processInfo.environment
    // A crash here is an answer; nobody wants to see where it was.
    environment["SWIFT_BACKTRACE"] = "enable=no"
    // Fresh memory has this byte in it: what the library takes from memory that it never wrote is wrong
    // here, and not by chance alone.
    environment["MALLOC_PERTURB_"] = "85"
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch {
      throw UserError("\(path): cannot be examined (\(error))")
    }
    try wait(for: process)
  }

  private func wait(for process: Process) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    var pause = 0.001
    while process.isRunning {
      guard ContinuousClock.now < end else {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        throw refusal("did not get through it in \(seconds) s", Limits.hdf5Seconds)
      }
      Thread.sleep(forTimeInterval: pause)
      pause = min(pause * 1.5, 0.02)
    }
    process.waitUntilExit()
    switch (process.terminationReason, process.terminationStatus) {
    case (.exit, 0): return
    case (.exit, Self.outOfMemory):
      throw refusal("wanted more than \(bytes >> 20) MiB of memory", Limits.hdf5Bytes)
    case (.exit, let status): throw refusal("ended with status \(status)", nil)
    case (_, let signal): throw refusal("crashed on it (signal \(signal))", nil)
    }
  }

  private func refusal(_ what: String, _ limit: Limit?) -> UserError {
    let copy = "copy or download it again"
    return UserError(
      "\(path): damaged HDF5 file (the HDF5 library, in a process of its own, \(what))",
      remedy: limit.map { "\(copy), or \($0.remedy)" } ?? copy)
  }

  // MARK: - The child's side

  /// Is the child, where the arguments say so; does not return then.
  static func runIfAsked(_ arguments: [String]) {
    guard arguments.count == 3, arguments[0] == word, let bytes = UInt(arguments[2]) else { return }
    #if os(Linux)
      var limit = rlimit(rlim_cur: 0, rlim_max: 0)
      setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
      limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
      setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    #endif
    do {
      try HDF5File(path: arguments[1]).readThrough()
    } catch {
      // Whoever opens the file is told, too; but there nothing bounds memory.
      if "\(error)".contains("memory allocation failed") { exit(outOfMemory) }
    }
    exit(0)
  }
}
