import Foundation
import Synchronization

/// A folder for a moment, that only this user can read.
public enum TemporaryFolder {
  /// Makes a folder, calls `body` with its path and removes it with all that is in it.
  ///
  /// - Throws: `UserError` when it cannot be created, and what `body` throws.
  public static func with<Value>(_ body: (String) throws -> Value) throws -> Value {
    let path = NSTemporaryDirectory() + "/realitygap-\(UUID().uuidString)"
    guard mkdir(path, 0o700) == 0 else {
      throw UserError(
        "\(path): cannot be created (\(String(cString: strerror(errno))))",
        remedy: "point TMPDIR at a writable folder")
    }
    let ticket = Unfinished.add(path)
    defer { Unfinished.remove(ticket) }
    return try body(path)
  }
}

/// What must not be left behind when the program is stopped half-way: files and folders that are
/// not complete yet, or were only for a moment.
public enum Unfinished {
  private static let paths = Mutex<[Int: String]>([:])
  private static let next = Atomic<Int>(0)

  static func add(_ path: String) -> Int {
    let ticket = next.add(1, ordering: .relaxed).oldValue
    paths.withLock { $0[ticket] = path }
    return ticket
  }

  /// Removes what is left of it.
  static func remove(_ ticket: Int) {
    paths.withLock { $0.removeValue(forKey: ticket) }.map(delete)
  }

  /// It is complete under its name now.
  static func forget(_ ticket: Int) { _ = paths.withLock { $0.removeValue(forKey: ticket) } }

  /// Removes everything, before the process ends early.
  public static func removeAll() {
    let all = paths.withLock { paths in
      defer { paths = [:] }
      return paths.values
    }
    all.forEach(delete)
  }

  /// What no longer exists is ignored.
  private static func delete(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
  }
}
