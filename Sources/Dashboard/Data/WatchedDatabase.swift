import Foundation
import Support
import Synchronization
import Tracking

/// The database that pages are made of: opened again when another file takes its place, and watched for
/// changes.
public final class WatchedDatabase: ChangeSource {
  /// The file, as it was given.
  public let path: String
  private struct State {
    var store: Store?
    /// Device and inode of the file that is open, and which state of its tables.
    var identity: [Int] = []
    var schema = 0
    var marks: [Int] = []
    var lastLook = ContinuousClock.now
    /// From the time, so that a program that was started anew does not repeat the numbers of the last one.
    var change = Int(Date().timeIntervalSince1970 * 1000)
    var generation = 0
  }
  private let state = Mutex(State())

  /// Opens the database.
  ///
  /// - Throws: `UserError` when there is none or it cannot be read.
  public init(path: String) throws {
    self.path = path
    _ = try store()
  }

  /// The open database.
  ///
  /// - Throws: `UserError` when it is gone, is one of another version, or cannot be read.
  public func store() throws -> Store {
    let now = Self.identity(path)
    return try state.withLock { state in
      // A newer program may bring the file up to date while it is open.
      if let store = state.store, state.identity == now,
        try store.schemaVersion() == state.schema
      {
        return store
      }
      state.store = nil
      let store = try Store(
        path: path,
        options: Store.Options(busyTimeout: 2, mustExist: true, access: .observe))
      (state.store, state.identity, state.schema) = (store, now, try store.schemaVersion())
      state.change += 1
      state.generation += 1
      return store
    }
  }

  /// Another number after each change of the file, or of its log, and after `touch()`.
  public var current: Int {
    state.withLock { state in
      guard ContinuousClock.now - state.lastLook > .milliseconds(200) else { return state.change }
      state.lastLook = .now
      let marks = Self.identity(path) + Self.marks(path) + Self.marks(path + "-wal")
      if marks != state.marks { state.change += 1 }
      state.marks = marks
      return state.change
    }
  }

  /// How many files have been opened: what is kept of one is of no use for the next.
  var generation: Int { state.withLock { $0.generation } }

  /// Says that pages have something new, though the file is the same.
  func touch() { state.withLock { $0.change += 1 } }

  private static func identity(_ path: String) -> [Int] {
    var status = stat()
    guard stat(path, &status) == 0 else { return [] }
    return [Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino)]
  }

  private static func marks(_ path: String) -> [Int] {
    var status = stat()
    guard stat(path, &status) == 0 else { return [] }
    #if os(Linux)
      return [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    #else
      return [Int(status.st_size), status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec]
    #endif
  }
}
