import Foundation
import GRDB
import Support

/// SQLite's errors as messages for the user.
package enum StoreError {
  /// One clear line for a failure of the database at `path`; other errors pass unchanged.
  ///
  /// - Parameters:
  ///   - busyTimeout: seconds that were waited for a lock.
  ///   - freeBytes: how much room there is beside a file.
  package static func explain(
    _ error: any Error, path: String, busyTimeout: Double,
    freeBytes: (_ path: String) -> Int? = freeBytes(beside:)
  ) -> any Error {
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
    case .SQLITE_FULL: return full(path)
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
    case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE:
      // The log's index beside the database grows by 32 KB at a time; SQLite does not say why it could not.
      if let free = freeBytes(path), free < indexPart { return full(path) }
      fallthrough
    case .SQLITE_IOERR:
      if let reason = FileLocks.failure(beside: path) { return withoutLocks(path, reason) }
      return UserError(
        "\(path): reading or writing failed (\(error.message ?? "I/O error"))",
        remedy: ProcessLimit.fileSize.note.map { "\($0): raise it" })
    default:
      return UserError("\(path): \(error.message ?? "SQLite error") (\(error.resultCode))")
    }
  }

  private static let indexPart = 32 << 10

  private static func full(_ path: String) -> UserError {
    UserError(
      "\(path): the disk is full",
      remedy: "free some space and repeat the command; stored results are kept")
  }

  /// The bytes that a file beside this one may still take; `nil` where nobody knows.
  package static func freeBytes(beside path: String) -> Int? {
    var system = statvfs()
    let folder = (path as NSString).deletingLastPathComponent
    guard statvfs(folder.isEmpty ? "." : folder, &system) == 0 else { return nil }
    let (bytes, overflow) = Int(clamping: system.f_bavail).multipliedReportingOverflow(
      by: Int(clamping: system.f_frsize))
    return overflow ? .max : bytes
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
