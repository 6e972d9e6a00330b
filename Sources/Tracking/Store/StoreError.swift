import GRDB
import Support

/// SQLite's errors as messages for the user.
enum StoreError {
  /// One clear line for a failure of the database at `path`; other errors pass unchanged.
  static func explain(_ error: any Error, path: String, busyTimeout: Double) -> any Error {
    // A value that no command of ours or of SQLite's would have let into its column.
    if error is RowDecodingError {
      return damaged(path, "a value is missing or of another type than its column's")
    }
    guard let error = error as? DatabaseError else { return error }
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      if let reason = FileLocks.failure(beside: path) { return withoutLocks(path, reason) }
      return UserError(
        "\(path): another program keeps the database locked (waited \(seconds(busyTimeout)))",
        remedy: "wait until it is done, or use --database with another file")
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      return UserError(
        "\(path): the database is read-only",
        remedy: "make it and its folder writable, or use --database with another file")
    case .SQLITE_FULL:
      return UserError(
        "\(path): the disk is full",
        remedy: "free some space and repeat the command; stored results are kept")
    case .SQLITE_NOTADB:
      return UserError(
        "\(path): not an SQLite database", remedy: "use --database with another file")
    case .SQLITE_CORRUPT:
      return damaged(path, error.message ?? "malformed")
    case .SQLITE_CANTOPEN where ProcessLimit.openFiles.isReached:
      return UserError(
        "\(path): cannot be opened (too many open files)",
        remedy: ProcessLimit.openFiles.note.map { "\($0): raise it" })
    case .SQLITE_CANTOPEN:
      return UserError(
        "\(path): the database cannot be opened or created",
        remedy: "check that its folder exists and is writable")
    case .SQLITE_IOERR:
      if let reason = FileLocks.failure(beside: path) { return withoutLocks(path, reason) }
      return UserError(
        "\(path): reading or writing failed (\(error.message ?? "I/O error"))",
        remedy: ProcessLimit.fileSize.note.map { "\($0): raise it" })
    default:
      return UserError("\(path): \(error.message ?? "SQLite error") (\(error.resultCode))")
    }
  }

  private static func damaged(_ path: String, _ reason: String) -> UserError {
    UserError(
      "\(path): the database is damaged (\(reason))",
      remedy: "restore a backup, or use --database with another file")
  }

  /// The file was moved, removed or replaced while it was used.
  static func gone(_ path: String) -> UserError {
    UserError(
      "\(path): is gone, or another file than the one that was opened",
      remedy: "bring it and its folder back and repeat the command; what was stored in it is kept")
  }

  private static func withoutLocks(_ path: String, _ reason: String) -> UserError {
    UserError(
      "\(path): files cannot be locked in its folder (\(reason))",
      remedy: "keep the database on a local disk, or mount the file system with locks")
  }

  private static func seconds(_ value: Double) -> String {
    value.rounded() == value ? "\(Int(value)) s" : "\(value) s"
  }
}
