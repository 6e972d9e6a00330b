import Foundation
import GRDB

extension Store {
  /// Drops datasets, weights and distortions that no cell uses, and rewrites the file without the
  /// room of what was deleted.
  ///
  /// - Returns: the file's size before and after, in bytes.
  /// - Throws: `UserError`, e.g. when another process keeps the file busy or the disk has no room
  ///   for a second copy.
  public func vacuum() throws -> (before: Int, after: Int) {
    try exclusively { database in
      // What other processes wrote may still be in the log beside the file.
      try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      let before = try Self.size(database)
      try database.inTransaction(.immediate) {
        try Self.removeUnused(database)
        return .commit
      }
      try database.execute(sql: "VACUUM")
      try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      return (before, try Self.size(database))
    }
  }

  /// The pages' bytes.
  private static func size(_ database: Database) throws -> Int {
    let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
    return pages * (try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
  }
}
