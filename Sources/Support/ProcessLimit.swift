import Foundation

/// What the system lets a process have (`ulimit`).
public struct ProcessLimit: Sendable {
  /// As the shell calls it, e.g. `ulimit -n`.
  public let name: String
  private let kind: Int32
  private let words: @Sendable (Int) -> String

  /// Files that are open at a time.
  public static let openFiles = ProcessLimit(name: "ulimit -n", kind: number(RLIMIT_NOFILE)) {
    "at most \($0) files may be open at a time"
  }
  /// Memory's addresses, in bytes.
  public static let memory = ProcessLimit(name: "ulimit -v", kind: number(RLIMIT_AS)) {
    "at most \($0 >> 20) MB of memory may be used"
  }
  /// A file's size, in bytes.
  public static let fileSize = ProcessLimit(name: "ulimit -f", kind: number(RLIMIT_FSIZE)) {
    "a file may have at most \($0 >> 10) KB"
  }

  #if os(Linux)
    private static func number(_ kind: __rlimit_resource) -> Int32 { Int32(kind.rawValue) }
  #else
    private static func number(_ kind: Int32) -> Int32 { kind }
  #endif

  /// How much it is; `nil` where there is no limit.
  public var current: Int? {
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0 else { return nil }
    // RLIM_INFINITY has all bits set.
    return Int(exactly: limit.rlim_cur)
  }

  /// The limit in words, e.g. `a file may have at most 64 KB (ulimit -f)`; `nil` where there is none.
  public var note: String? { current.map { "\(words($0)) (\(name))" } }

  /// Of open files: whether no other one can be opened.
  public var isReached: Bool {
    let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == EMFILE || errno == ENFILE }
    close(descriptor)
    return false
  }

  /// - Parameter least: without so much the program cannot work.
  /// - Throws: `UserError` when the limit is lower.
  public func require(_ least: Int, remedy: String) throws {
    guard let current, current < least else { return }
    throw UserError("\(words(current)) (\(name)), which is too little", remedy: remedy)
  }

  /// Lets the process have as much as it may ask for.
  public func raise() {
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    // What cannot be raised stays.
    setrlimit(kind, &limit)
  }
}
