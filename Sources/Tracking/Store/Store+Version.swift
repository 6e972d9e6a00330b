import GRDB

extension Store {
  /// SQLite's version, e.g. `3.40.1`.
  ///
  /// - Throws: `DatabaseError` when SQLite cannot open a database in memory.
  public static func sqliteVersion() throws -> String? {
    try DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }
  }

  /// Another number after each change of the file's tables.
  public func schemaVersion() throws -> Int {
    try fetchOne("PRAGMA schema_version", []) ?? 0
  }
}
