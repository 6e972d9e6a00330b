import Foundation
import GRDB
import Testing
import Tracking

@Suite("Databases and reports that cannot be used")
struct BadDatabaseTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let options = ["--draws", "1", "--limit", "2"]

  private func run(database: String) throws -> Output {
    try Sample.run(Self.options, in: folder, database: database)
  }

  @Test("places where no database can be are one line")
  func badPlaces() throws {
    expectFailure(try run(database: "no/r.sqlite"), "no/r.sqlite", "does not exist")
    expectFailure(try run(database: "."), ".: a folder, not a database")
    expectFailure(try run(database: ""), "--database")
    expectFailure(try run(database: ":memory:"), ":memory:", "--database")
    expectFailure(try run(database: "/dev/full"), "/dev/full")
    expectFailure(try run(database: "/dev/null"), "/dev/null")
    // Not even root may create files here.
    expectFailure(try run(database: "/proc/r.sqlite"), "/proc/r.sqlite")
  }

  @Test("files that are no database of ours are refused and stay as they are")
  func foreignFiles() throws {
    let photo = try Repository.bytes("Experiments/sample/images/imagenet_00_243.jpg")
    try folder.add("photo.sqlite", photo)
    expectFailure(try run(database: "photo.sqlite"), "photo.sqlite: not an SQLite database")
    #expect(try folder.bytes("photo.sqlite") == photo)
    try DatabaseQueue(path: folder.file("o.sqlite")).write {
      try $0.execute(sql: "CREATE TABLE runs (x)")
    }
    expectFailure(try run(database: "o.sqlite"), "o.sqlite: a database of another program")
  }

  @Test("a database of a newer schema is refused")
  func newer() throws {
    _ = try Store(path: folder.file("r.sqlite"))
    try DatabaseQueue(path: folder.file("r.sqlite")).write {
      try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999')")
    }
    expectFailure(try run(database: "r.sqlite"), "r.sqlite: written by a newer version", "update")
  }

  @Test("a database that another program keeps locked is one line after ten seconds")
  func locked() throws {
    _ = try Store(path: folder.file("r.sqlite"))
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: folder.file("r.sqlite"), configuration: configuration)
    try other.inDatabase { try $0.execute(sql: "BEGIN EXCLUSIVE") }
    expectFailure(try run(database: "r.sqlite"), "r.sqlite", "locked", "another file")
    try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
  }

  @Test(
    "a database without permission to write is one line",
    .enabled(if: geteuid() != 0, "root may write to any file"))
  func readOnly() throws {
    _ = try Store(path: folder.file("r.sqlite"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o444], ofItemAtPath: folder.file("r.sqlite"))
    expectFailure(try run(database: "r.sqlite"), "r.sqlite: the database is read-only")
  }

  @Test(
    "no room for the database is one line, and the run goes on once there is",
    arguments: [
      1, 60, 150,
    ])
  func noRoom(blocks: Int) throws {
    // In blocks of 512 bytes, as POSIX has it (dash), or of 1024 (bash).
    let options = ["--draws", "2", "--limit", "10", "--batch", "4"]
    let output = try Command.shell(
      "ulimit -f \(blocks); exec \"$RG\" \"$@\"", Sample.arguments(options), in: folder)
    expectFailure(output, "r.sqlite", afterProgress: true)
    expectSuccess(try Sample.run(options, in: folder))
    #expect(try Sample.count(folder, "prediction_rows") == 30)
  }

  @Test("reports that cannot be written are told before anything is computed")
  func badReports() throws {
    try folder.add("file", "")
    for reports in ["file", "file/deeper", "/proc/reports", "/dev/null/x"] {
      let output = try Command.run(
        ["reproduce", "sample", "--database", "r.sqlite", "--reports", reports], in: folder)
      expectFailure(output, "\(reports)/sample.md")
    }
    #expect(try Sample.count(folder, "runs") == 0)
  }
}
