import Foundation
import GRDB
import Support

/// The database of runs, metrics, evaluations and predictions: one SQLite file in WAL mode, which
/// several processes may use at once and anyone can read with `sqlite3`.
///
/// Every method is one transaction and throws a `UserError` of one line that names the file when it
/// is locked, read-only, damaged or the disk is full. Methods may be called from any thread.
public final class Store: Sendable {
  /// How a store is opened.
  public struct Options: Sendable {
    /// Seconds to wait for another process's lock.
    public var busyTimeout: Double
    /// The most pages that the file may have (`PRAGMA max_page_count`), or `nil` for no limit.
    public var maximumPageCount: Int?
    /// Refuses a file that does not exist, instead of creating it.
    public var mustExist: Bool
    /// What may be done with the file; `write` by default.
    public var access: Access
    /// What the file lies on; `nil` asks the system.
    public var fileSystem: FileSystemKind?

    /// Waits up to ten seconds, and creates a file that is not there.
    public init(
      busyTimeout: Double = 10, maximumPageCount: Int? = nil, mustExist: Bool = false,
      access: Access = .write, fileSystem: FileSystemKind? = nil
    ) {
      (self.busyTimeout, self.maximumPageCount) = (busyTimeout, maximumPageCount)
      (self.mustExist, self.access) = (mustExist, access)
      self.fileSystem = fileSystem
    }
  }

  /// What a store may do with its file.
  public enum Access: Sendable {
    /// Reads and writes.
    case write
    /// Only reads: where the file or its folder may not be written to, from a copy in memory.
    case read
    /// Reads a copy in memory and changes nothing on the disk; without a file, the copy is empty.
    case snapshot
    /// Only reads, while others write, and over connections that cannot write: nothing is brought up to
    /// date, and what another process left behind is not tidied up. Where the file or its folder may
    /// not be written to, it is a copy in memory, as for `read`.
    case observe
  }

  /// The file, as it was given.
  public let path: String
  private let options: Options
  private let pool: any DatabaseWriter
  /// What the path led to when it was opened; `nil` for a copy in memory.
  private let file: FileIdentity?
  let heartbeat = Heartbeat()

  /// Opens the database, creates it when there is no such file, brings an older schema up to date,
  /// and marks runs as interrupted whose process is gone. In a copy in memory both happen there.
  ///
  /// - Throws: `UserError` when the file is locked, read-only (unless it is only to be read), no
  ///   database, another program's, of a newer schema, or cannot be created.
  public init(path: String, options: Options = Options()) throws {
    self.path = path
    self.options = options
    let inMemory =
      options.access == .snapshot
      || [.read, .observe].contains(options.access) && !Self.isWritable(path)
    try Self.checkPlace(path, mustExist: options.mustExist, inMemory: inMemory)
    let before = FileIdentity(path)
    var configuration = Configuration()
    configuration.busyMode = .timeout(options.busyTimeout)
    configuration.label = "realitygap"
    let pages = options.maximumPageCount
    configuration.prepareDatabase { database in
      if let pages, !database.configuration.readonly {
        try database.execute(sql: "PRAGMA max_page_count = \(pages)")
      }
    }
    do {
      pool =
        inMemory
        ? try Self.openCopy(path, configuration)
        : options.access == .observe
          ? try ObservedDatabase.open(path, configuration)
          : try Self.open(path, configuration, busyTimeout: options.busyTimeout)
      if inMemory {
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
      }
    } catch {
      throw StoreError.explain(error, path: path, busyTimeout: options.busyTimeout)
    }
    file = inMemory ? nil : FileIdentity(path)
    if let before, !inMemory, file != before { throw StoreError.gone(path) }
  }

  /// A line for the user where the file lies on a network file system: the write-ahead log has its index in
  /// memory that processes of one host share.
  public var placeNote: String? {
    guard let kind = options.fileSystem ?? FileSystemKind(of: path), kind.isNetwork else {
      return nil
    }
    return
      "\(path): lies on a network file system (\(kind.name)); SQLite's write-ahead log needs all "
      + "that use it to run on one host: keep the database on a local disk, or let one host alone use it"
  }

  /// An empty database in memory, which is gone with the store: for processes whose records are another's
  /// to write.
  ///
  /// - Throws: `UserError` when there is no memory.
  public init() throws {
    (path, options) = ("memory", Options())
    (pool, file) = (try DatabaseQueue(), nil)
    try Self.bringUpToDate(pool, path: path, attempts: 1)
  }

  /// Opens and migrates the file. SQLite does not always wait while another process creates the
  /// same file or switches it to WAL mode, so being busy is tried again until the time is up.
  private static func open(
    _ path: String, _ configuration: Configuration, busyTimeout: Double
  ) throws -> DatabasePool {
    let deadline = Date().addingTimeInterval(busyTimeout)
    while true {
      do {
        // Looked at before WAL mode is set, so that another program's file stays as it was.
        try claim(try DatabaseQueue(path: path, configuration: configuration), path: path)
        let pool = try DatabasePool(path: path, configuration: configuration)
        try bringUpToDate(pool, path: path, attempts: 50)
        return pool
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
        if Date() >= deadline { throw error }
        Thread.sleep(forTimeInterval: 0.02)
      }
    }
  }

  /// Opens a copy of the file in memory and brings that up to date.
  private static func openCopy(
    _ path: String, _ configuration: Configuration
  ) throws -> any DatabaseWriter {
    let queue = try DatabaseCopy.inMemory(of: path, configuration)
    try claim(queue, path: path)
    try bringUpToDate(queue, path: path, attempts: 1)
    return queue
  }

  /// Migrates the tables and marks interrupted runs.
  ///
  /// - Parameter attempts: more than one where other processes may be at it, too.
  private static func bringUpToDate(
    _ pool: any DatabaseWriter, path: String, attempts: Int
  ) throws {
    let migrator = Schema.migrator
    if try pool.read(migrator.hasBeenSuperseded) {
      throw UserError(
        "\(path): written by a newer version of realitygap",
        remedy: "update realitygap, or use --database with another file")
    }
    for attempt in 1... {
      do {
        try migrator.migrate(pool)
        break
      } catch {
        // Another process that opened the file at the same moment may have done it, or be at it.
        if try pool.read(migrator.hasCompletedMigrations) { break }
        guard attempt < attempts else { throw error }
        Thread.sleep(forTimeInterval: 0.02)
      }
    }
    try pool.write(markInterruptedRuns)
  }

  /// Runs `body` in a read transaction: it sees one state of the database.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try explaining { try pool.read(body) }
  }

  /// Runs `body` in a write transaction: all of it is stored, or nothing. Within `atomically` it is
  /// part of that transaction.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try checkFile()
    return try explaining {
      try pool.unsafeReentrantWrite { database in
        if database.isInsideTransaction { return try body(database) }
        var value: Value?
        try database.inTransaction(.immediate) {
          value = try body(database)
          return .commit
        }
        guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
        return value
      }
    }
  }

  /// Makes several writing calls of this store one transaction: what they wrote is there together,
  /// or, when `body` throws, nothing of it. Reading calls in `body` see the database as it was before.
  public func atomically<Value>(_ body: () throws -> Value) throws -> Value {
    try write { _ in try body() }
  }

  /// Runs `body` on the writing connection, outside of any transaction and without readers.
  func exclusively<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try checkFile()
    return try explaining { try pool.barrierWriteWithoutTransaction(body) }
  }

  /// Writes what the store holds into a new file.
  func backup(to path: String) throws {
    try explaining { try pool.backup(to: try DatabaseQueue(path: path)) }
  }

  /// SQLite goes on with a file that has no name any more, and what is written then is lost.
  private func checkFile() throws {
    if let file, FileIdentity(path) != file { throw StoreError.gone(path) }
  }

  /// Throws SQLite's errors as messages for the user.
  private func explaining<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch {
      if error is DatabaseError { try checkFile() }
      throw StoreError.explain(error, path: path, busyTimeout: options.busyTimeout)
    }
  }

  /// What SQLite would report only vaguely: a missing folder, a folder in place of a file, a file
  /// without permission to write.
  private static func checkPlace(_ path: String, mustExist: Bool, inMemory: Bool) throws {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    // SQLite would take these for databases that are gone when the program ends.
    guard !path.isEmpty, path != ":memory:" else {
      throw UserError("\"\(path)\": not a file name", remedy: "give --database a file")
    }
    if files.fileExists(atPath: path, isDirectory: &isFolder) {
      if isFolder.boolValue {
        throw UserError("\(path): a folder, not a database", remedy: "give --database a file")
      }
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw UserError("\(path): is not a regular file", remedy: "give --database a file")
      }
      if !files.isReadableFile(atPath: path) {
        throw UserError("\(path): the database cannot be read", remedy: "check its permissions")
      }
      if !inMemory, !files.isWritableFile(atPath: path) {
        throw UserError(
          "\(path): the database is read-only",
          remedy: "make it and its folder writable, or use --database with another file")
      }
      return
    }
    if mustExist {
      throw UserError(
        "\(path): there is no such database", remedy: "give --database the file of some runs")
    }
    if inMemory { return }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard files.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw UserError("\(path): its folder \(folder) does not exist", remedy: "create it first")
    }
    guard files.isWritableFile(atPath: folder) else {
      throw UserError(
        "\(path): its folder \(folder) is not writable",
        remedy: "use --database with a file in another folder")
    }
  }

  /// Whether the file, and what SQLite puts beside it, can be written. One that does not exist can,
  /// as far as this goes.
  static func isWritable(_ path: String) -> Bool {
    guard FileManager.default.fileExists(atPath: path) else { return true }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    return access(path, W_OK) == 0 && access(folder, W_OK) == 0
  }

  /// Marks an empty file as ours, and refuses a database that another program made.
  private static func claim(_ queue: DatabaseQueue, path: String) throws {
    let mark = "PRAGMA application_id"
    if try queue.read({ try Int32.fetchOne($0, sql: mark) }) == Schema.applicationID { return }
    try queue.write { database in
      if try Int32.fetchOne(database, sql: mark) == Schema.applicationID { return }
      guard try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") == 0 else {
        throw UserError(
          "\(path): a database of another program", remedy: "use --database with another file")
      }
      try database.execute(sql: "\(mark) = \(Schema.applicationID)")
    }
  }
}
