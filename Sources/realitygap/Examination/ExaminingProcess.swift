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
    let child = try start()
    let end = ContinuousClock.now + .seconds(seconds)
    var pause = 0.001
    var status: Int32 = 0
    var ended = waitpid(child, &status, WNOHANG)
    while ended == 0 {
      guard ContinuousClock.now < end else {
        kill(child, SIGKILL)
        waitpid(child, &status, 0)
        throw refusal("did not get through it in \(seconds) s", Limits.hdf5Seconds)
      }
      Thread.sleep(forTimeInterval: pause)
      pause = min(pause * 1.5, 0.02)
      ended = waitpid(child, &status, WNOHANG)
    }
    // Where nobody knows how it ended, it has not passed.
    guard ended == child else {
      throw UserError("\(path): cannot be examined (\(String(cString: strerror(errno))))")
    }
    // As wait(2) packs them: a signal below, a status above.
    switch (status & 0x7f, status >> 8 & 0xff) {
    case (0, 0): return
    case (0, Self.outOfMemory):
      throw refusal("wanted more than \(bytes >> 20) MiB of memory", Limits.hdf5Bytes)
    case (0, let status): throw refusal("ended with status \(status)", nil)
    case (let signal, _): throw refusal("crashed on it (signal \(signal))", nil)
    }
  }

  /// By posix_spawn, not Foundation's `Process`, which binds sockets to 127.0.0.1 to learn of the end: reading a
  /// file opens no socket.
  private func start() throws -> pid_t {
    guard let program = Bundle.main.executablePath else {
      throw UserError("\(path): cannot be examined (the program does not know where it is)")
    }
    #if os(Linux)
      var actions = posix_spawn_file_actions_t()
    #else
      var actions: posix_spawn_file_actions_t?
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor: Int32 in 0...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var environment = ProcessInfo.processInfo.environment
    // A crash here is an answer; nobody wants to see where it was.
    environment["SWIFT_BACKTRACE"] = "enable=no"
    // Fresh memory has this byte in it: what the library takes from memory that it never wrote is wrong
    // here, and not by chance alone.
    environment["MALLOC_PERTURB_"] = "85"
    var child: pid_t = 0
    let code = Self.withStrings([program, Self.word, path, "\(bytes)"]) { arguments in
      Self.withStrings(environment.map { "\($0)=\($1)" }) { environment in
        posix_spawn(&child, program, &actions, nil, arguments, environment)
      }
    }
    guard code == 0 else {
      throw UserError("\(path): cannot be examined (\(String(cString: strerror(code))))")
    }
    return child
  }

  /// Strings as C takes a list of them.
  private static func withStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
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
      // Nothing that the parent has open is this process's.
      closefrom(3)
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
