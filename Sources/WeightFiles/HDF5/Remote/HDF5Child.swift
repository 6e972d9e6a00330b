import Foundation
import Support
import Synchronization

/// A child process that reads one HDF5 file for this one, within limits of time and memory. It ends with this object.
public final class HDF5Child: HDF5Process {
  public let descriptor: Int32
  public let seconds: Int
  private let path: String
  private let bytes: Int
  /// Until it was waited for.
  private let child: Mutex<pid_t?>

  /// The first argument of such a process; its bytes of memory and seconds follow.
  public static let word = "--read-hdf5"
  /// The status of one that ran out of memory without a crash, `OutOfMemory`'s.
  private static let outOfMemory: Int32 = 1

  /// Starts it.
  ///
  /// - Parameters:
  ///   - program: one that calls `serveIfAsked(_:)` first of all.
  ///   - arguments: what it is started with, before the limits.
  ///   - path: of the file that it is to read.
  ///   - seconds: that its answers may take together.
  ///   - bytes: of memory that it may take.
  /// - Throws: `UserError` naming the file when it cannot be started.
  public init(
    program: String, arguments: [String] = [word], path: String, seconds: Int, bytes: Int
  ) throws {
    (self.path, self.seconds, self.bytes) = (path, seconds, bytes)
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Self.unread(path, errno) }
    descriptor = ends[0]
    // Only the child is to hold it, or its end would never be noticed.
    defer { close(ends[1]) }
    do {
      child = Mutex(
        try Self.start(program, arguments + ["\(bytes)", "\(seconds)"], ends[1], path))
    } catch {
      close(ends[0])
      throw error
    }
  }

  deinit {
    _ = end()
    close(descriptor)
  }

  /// Of a child that has crashed, or was killed, this is the answer.
  public func failure(_ fault: HDF5Fault) -> UserError {
    let status = end()
    switch fault {
    case .late: return refusal("did not get through it in \(seconds) s", Limits.hdf5Seconds)
    case .nonsense: return refusal("answered nonsense", nil)
    case .ended: return ending(status)
    }
  }

  private func ending(_ status: Int32?) -> UserError {
    guard let status else { return refusal("ended", nil) }
    // As wait(2) packs them: a signal below, a status above.
    switch (status & 0x7f, status >> 8 & 0xff) {
    case (0, Self.outOfMemory):
      return refusal("wanted more than \(bytes >> 20) MiB of memory", Limits.hdf5Bytes)
    case (0, let status): return refusal("ended with status \(status)", nil)
    case (SIGKILL, _):
      // Nothing that the library does ends so: somebody else, who says nothing of the file.
      return UserError(
        "\(path): cannot be read in a process of its own (that was killed, as by a system without free memory)",
        remedy: "free some memory and try again")
    case (let signal, _): return refusal("crashed on it (signal \(signal))", nil)
    }
  }

  private func refusal(_ what: String, _ limit: Limit?) -> UserError {
    let copy = "copy or download it again"
    return UserError(
      "\(path): damaged HDF5 file (the HDF5 library, in a process of its own, \(what))",
      remedy: limit.map { "\(copy), or \($0.remedy)" } ?? copy)
  }

  /// Kills and waits; `nil` where nobody knows how it ended. One that closed its socket by ending keeps the status
  /// that it ended with.
  private func end() -> Int32? {
    child.withLock { child in
      guard let process = child else { return nil }
      child = nil
      kill(process, SIGKILL)
      var status: Int32 = 0
      var ended = waitpid(process, &status, 0)
      while ended < 0, errno == EINTR { ended = waitpid(process, &status, 0) }
      return ended == process ? status : nil
    }
  }

  // MARK: - Starting

  /// By posix_spawn, not Foundation's `Process`, which binds sockets to 127.0.0.1 to learn of the end: reading a
  /// file opens no socket of the network.
  private static func start(
    _ program: String, _ arguments: [String], _ socket: Int32, _ path: String
  ) throws -> pid_t {
    #if os(Linux)
      var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
    #else
      var (actions, attributes): (posix_spawn_file_actions_t?, posix_spawnattr_t?)
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // The threads of Dispatch have signals blocked.
    var blocked = sigset_t()
    sigemptyset(&blocked)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    // Standard input stays: the path may be /dev/stdin.
    posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_RDWR, 0)
    var environment = ProcessInfo.processInfo.environment
    // A crash here is an answer; nobody wants to see where it was.
    environment["SWIFT_BACKTRACE"] = "enable=no"
    // Fresh memory has this byte in it: what the library takes from memory that it never wrote is wrong
    // here, and not by chance alone.
    environment["MALLOC_PERTURB_"] = "85"
    var child: pid_t = 0
    let code = withStrings([program] + arguments) { arguments in
      withStrings(environment.map { "\($0)=\($1)" }) { environment in
        posix_spawn(&child, program, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw unread(path, code) }
    return child
  }

  private static func unread(_ path: String, _ code: Int32) -> UserError {
    let reason = String(cString: strerror(code))
    return UserError("\(path): cannot be read in a process of its own (\(reason))")
  }

  /// Strings as C takes a list of them.
  private static func withStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
  }

  // MARK: - The child's side

  /// Is the child, where a program's arguments say so; does not return then.
  public static func serveIfAsked(_ arguments: [String]) {
    guard arguments.count == 3, arguments[0] == word, let bytes = UInt(arguments[1]),
      let seconds = UInt(arguments[2])
    else { return }
    #if os(Linux)
      // Nothing that the parent has open is this process's.
      closefrom(STDERR_FILENO + 1)
      bound(RLIMIT_CORE, 0)
      bound(RLIMIT_DATA, bytes)
      // Where the parent is killed, nobody else ends a library that never returns.
      bound(RLIMIT_CPU, seconds &* 2 &+ 1)
    #endif
    do { try HDF5Server.serve(STDOUT_FILENO) } catch { _exit(outOfMemory) }
    _exit(0)
  }

  #if os(Linux)
    private static func bound(_ resource: __rlimit_resource, _ most: UInt) {
      var limit = rlimit(rlim_cur: most, rlim_max: most)
      setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
  #endif
}
