import Foundation
import Synchronization

/// A process that this one starts, and ends with this object at the latest.
///
/// By posix_spawn, not Foundation's `Process`, which binds sockets to 127.0.0.1 to learn of the end: whoever reads
/// a file or asks a classifier opens no socket of the network.
package final class ChildProcess: Sendable {
  /// How a process ended.
  package enum Ending: Equatable, Sendable {
    case status(Int32)
    case signal(Int32)
    /// Somebody else was told.
    case unknown
  }

  /// Why one cannot be started.
  package struct NotStarted: Error, CustomStringConvertible {
    package let description: String

    fileprivate init(_ reason: String) { description = reason }
    fileprivate init(code: Int32) { self.init(String(cString: strerror(code))) }
  }

  private let identifier: pid_t
  private let leadsGroup: Bool
  /// `nil` until it was waited for, when another process may get the identifier.
  private let ended = Mutex<Ending?>(nil)

  /// Starts it. Nothing else that this process has open is the child's, and no signal is blocked there.
  ///
  /// - Parameters:
  ///   - program: its path.
  ///   - input: becomes its standard input; `nil` for this process's.
  ///   - output: becomes its standard output.
  ///   - errors: become its standard error; `nil` for /dev/null.
  ///   - environment: added to this process's.
  ///   - leadsGroup: whether it and what it starts are a process group, which an interrupt from the terminal does
  ///     not reach and `kill()` ends as a whole.
  package init(
    _ program: String, _ arguments: [String], input: Int32? = nil, output: Int32,
    errors: Int32? = nil, environment: [String: String] = [:], leadsGroup: Bool = false
  ) throws(NotStarted) {
    self.leadsGroup = leadsGroup
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
    if let input { posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    if let errors {
      posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_RDWR, 0)
    }
    var flags = POSIX_SPAWN_SETSIGMASK | (leadsGroup ? POSIX_SPAWN_SETPGROUP : 0)
    #if os(Linux)
      for descriptor in try Self.inheritable() {
        posix_spawn_file_actions_addclose(&actions, descriptor)
      }
    #else
      flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
      if input == nil { posix_spawn_file_actions_addinherit_np(&actions, STDIN_FILENO) }
    #endif
    // The threads of Dispatch have signals blocked.
    var blocked = sigset_t()
    sigemptyset(&blocked)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var child: pid_t = 0
    let code = Self.withStrings([program] + arguments) { arguments in
      Self.withStrings(all.map { "\($0)=\($1)" }) { environment in
        posix_spawn(&child, program, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw NotStarted(code: code) }
    identifier = child
  }

  deinit { _ = end() }

  /// How it has ended; `nil` where it has not within so many seconds.
  package func ending(within seconds: TimeInterval = 0) -> Ending? {
    let end = Date(timeIntervalSinceNow: seconds)
    while true {
      if let ending = ended.withLock({ wait(WNOHANG, &$0) }) { return ending }
      guard Date() < end else { return nil }
      Thread.sleep(forTimeInterval: 0.01)
    }
  }

  /// Kills it, unless it has ended.
  package func kill() {
    ended.withLock { if wait(WNOHANG, &$0) == nil { signalAll() } }
  }

  /// Kills it and waits. One that has ended by itself keeps the ending that it had.
  package func end() -> Ending {
    ended.withLock { ended in
      if ended == nil { signalAll() }
      return wait(0, &ended) ?? .unknown
    }
  }

  private func signalAll() { Foundation.kill(leadsGroup ? -identifier : identifier, SIGKILL) }

  private func wait(_ options: Int32, _ ended: inout Ending?) -> Ending? {
    guard ended == nil else { return ended }
    var status: Int32 = 0
    var found = waitpid(identifier, &status, options)
    while found < 0, errno == EINTR { found = waitpid(identifier, &status, options) }
    guard found != 0 else { return nil }
    // As wait(2) packs them: a signal below, a status above.
    let signal = status & 0x7f
    ended = found < 0 ? .unknown : signal == 0 ? .status(status >> 8 & 0xff) : .signal(signal)
    return ended
  }

  /// Descriptors that a child would have of this process, other than the standard ones.
  private static func inheritable() throws(NotStarted) -> [Int32] {
    let folder = "/proc/self/fd"
    let open: [String]
    do {
      open = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw NotStarted("what is open cannot be listed in \(folder)")
    }
    return open.compactMap { Int32($0) }.filter {
      let flags = fcntl($0, F_GETFD)
      return $0 > STDERR_FILENO && flags >= 0 && flags & FD_CLOEXEC == 0
    }
  }

  /// Two ends of a connection: this process's, and the child's, which is to be closed here once the child has it,
  /// or its end would not be noticed. Not a pipe: by MSG_NOSIGNAL nothing is raised where the other end is gone.
  package static func connection() throws(NotStarted) -> (own: Int32, child: Int32) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw NotStarted(code: errno) }
    return (ends[0], ends[1])
  }

  /// Strings as C takes a list of them.
  private static func withStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
  }
}
