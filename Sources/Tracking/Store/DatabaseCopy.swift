import Foundation
import GRDB
import Support

/// Copies of a database that may not be written to, or is not to be.
///
/// SQLite cannot open a database in WAL mode in a folder without the right to write, unless its log
/// and the log's index (`-wal`, `-shm`) are there already (https://sqlite.org/wal.html#readonly); and
/// told that the file is immutable, it would pass over what lies in the log alone. A copy needs
/// neither, can be brought up to date, and stays as it is while others write.
enum DatabaseCopy {
  /// The database in memory, with all that was committed to it; empty when there is no file.
  ///
  /// - Throws: `DatabaseError`; `UserError` when the file changes while it is copied, again and again.
  static func inMemory(
    of path: String, _ configuration: Configuration
  ) throws -> DatabaseQueue {
    let memory = try DatabaseQueue(configuration: configuration)
    let files = FileManager.default
    guard files.fileExists(atPath: path) else { return memory }
    // With both, others may be writing: SQLite then reads along.
    if files.fileExists(atPath: path + "-wal"), files.fileExists(atPath: path + "-shm") {
      var readOnly = configuration
      readOnly.readonly = true
      do {
        try copy(try DatabaseQueue(path: path, configuration: readOnly), into: memory)
        return memory
      } catch let error as DatabaseError
        where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
      {
        // The index cannot be used. Without it the log is read anew.
      }
    }
    try TemporaryFolder.with { folder in
      let place = "\(folder)/copy.sqlite"
      try copyFiles(path, to: place)
      try copy(try DatabaseQueue(path: place, configuration: configuration), into: memory)
    }
    return memory
  }

  private static func copy(_ source: DatabaseQueue, into memory: DatabaseQueue) throws {
    // A database in memory cannot change the size of its pages later.
    let size = try source.read { try Int.fetchOne($0, sql: "PRAGMA page_size") }
    if let size {
      try memory.writeWithoutTransaction { try $0.execute(sql: "PRAGMA page_size = \(size)") }
    }
    try source.backup(to: memory)
  }

  /// The database with its log, as of one moment: another process may be writing.
  private static func copyFiles(_ path: String, to place: String) throws {
    for _ in 0..<5 {
      let before = try marks(path)
      for suffix in suffixes where before[suffix] != nil {
        try copyFile(path + suffix, to: place + suffix)
      }
      if try marks(path) == before { return }
      for suffix in suffixes { unlink(place + suffix) }
    }
    throw UserError("\(path): keeps changing while it is read", remedy: "try again later")
  }

  /// The log, and the journal of a mode that we do not use but somebody may have switched to.
  private static let suffixes = ["", "-wal", "-journal"]

  /// What tells a changed file from an unchanged one, by suffix.
  private static func marks(_ path: String) throws -> [String: [Int]] {
    var marks: [String: [Int]] = [:]
    for suffix in suffixes {
      var status = stat()
      guard stat(path + suffix, &status) == 0 else { continue }
      #if os(Linux)
        let changed = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
      #else
        let changed = [status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec]
      #endif
      marks[suffix] = [Int(truncatingIfNeeded: status.st_ino), Int(status.st_size)] + changed
    }
    return marks
  }

  private static func copyFile(_ path: String, to place: String) throws {
    do {
      try FileManager.default.copyItem(atPath: path, toPath: place)
      // The copy may have the original's mode, in which nobody may write.
      chmod(place, 0o600)
    } catch {
      throw UserError(
        "\(path): cannot be copied to be read (\(error.localizedDescription))",
        remedy: "check its permissions, and the room in \(NSTemporaryDirectory())")
    }
  }
}
