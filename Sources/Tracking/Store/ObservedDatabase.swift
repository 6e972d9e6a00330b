import GRDB
import Support

/// A database that is looked at while others write to it.
enum ObservedDatabase {
  /// Opens connections that cannot write.
  ///
  /// - Throws: `DatabaseError`; `UserError` for another program's database, and one of another version.
  static func open(_ path: String, _ configuration: Configuration) throws -> DatabasePool {
    var readOnly = configuration
    readOnly.readonly = true
    // As many as ask at a time, so that a quick look never waits for a slow one.
    readOnly.maximumReaderCount = 8
    let pool = try DatabasePool(path: path, configuration: readOnly)
    try pool.read { database in
      let mark = try Int32.fetchOne(database, sql: "PRAGMA application_id")
      guard mark == Schema.applicationID else {
        throw UserError("\(path): not a database of realitygap")
      }
      guard try !Schema.migrator.hasBeenSuperseded(database) else {
        throw UserError(
          "\(path): written by a newer version of realitygap", remedy: "update realitygap")
      }
      guard try Schema.migrator.hasCompletedMigrations(database) else {
        throw UserError(
          "\(path): written by an earlier version of realitygap",
          remedy: "bring it up to date: realitygap runs --database \(path)")
      }
    }
    return pool
  }
}
