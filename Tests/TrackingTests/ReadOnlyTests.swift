import Foundation
import GRDB
import Support
import Testing
import Tracking

@Suite("Databases that may only be read")
struct ReadOnlyTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let copy = Store.Options(mustExist: true, access: .snapshot)

  private func files() throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, try Data(contentsOf: URL(fileURLWithPath: folder.file($0))))
      })
  }

  /// A database whose last run lies in the log alone, as a killed process leaves it.
  private func withLog(index: Bool) throws -> String {
    let bench = try Workbench()
    // While the store is open nothing moves from the log into the file.
    let path = folder.file("r.sqlite")
    for suffix in ["", "-wal"] + (index ? ["-shm"] : []) {
      try FileManager.default.copyItem(atPath: bench.store.path + suffix, toPath: path + suffix)
    }
    try #require(FileManager.default.contents(atPath: path + "-wal")?.isEmpty == false)
    _ = bench.store
    return path
  }

  @Test("rows that lie in the log are read, with and without its index", arguments: [true, false])
  func log(index: Bool) throws {
    let path = try withLog(index: index)
    let before = try files()
    let store = try Store(path: path, options: Self.copy)
    #expect(try store.runs().map(\.name) == ["sample"])
    let after = try files()
    #expect(after.keys == before.keys && after["r.sqlite"] == before["r.sqlite"])
    #expect(after["r.sqlite-wal"] == before["r.sqlite-wal"])
  }

  @Test("what others store while their file is read is read, too")
  func writer() throws {
    let bench = try Workbench()
    let second = try bench.store.startRun(Workbench.newRun)
    #expect(try Store(path: bench.store.path, options: Self.copy).runs().map(\.id).first == second)
  }

  @Test("a file of version 1 is read without being brought up to date")
  func earlierVersion() throws {
    let fixture = try #require(Bundle.module.resourceURL)
      .appendingPathComponent("Fixtures/version1.db").path
    let path = folder.file("old.sqlite")
    try FileManager.default.copyItem(atPath: fixture, toPath: path)
    let before = try files()
    #expect(try Store(path: path, options: Self.copy).check().problems == [])
    #expect(try files() == before)
  }

  @Test("a dead run is interrupted in what is read, and not in the file")
  func deadRun() throws {
    let bench = try Workbench()
    try DatabaseQueue(path: bench.store.path).write {
      try $0.execute(sql: "UPDATE runs SET process_start = process_start || '0'")
    }
    let copy = try Store(path: bench.store.path, options: Self.copy)
    #expect(try copy.run(bench.run)?.status == .interrupted)
    #expect(try bench.store.run(bench.run)?.status == .running)
  }

  @Test("nothing can be stored in a copy, where it would be lost")
  func writing() throws {
    let bench = try Workbench()
    let copy = try Store(path: bench.store.path, options: Self.copy)
    let error = #expect(throws: UserError.self) { try copy.note("x", run: bench.run) }
    #expect(error?.description.contains("results.sqlite: the database is read-only") == true)
    #expect(throws: UserError.self) { try copy.startRun(Workbench.newRun) }
  }

  @Test("what is no database of ours is refused; what is not there is empty or missing")
  func refused() throws {
    let path = folder.file("other.sqlite")
    try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE runs (x)") }
    #expect(throws: UserError.self) { try Store(path: path, options: Self.copy) }
    try Data("notes, not a database, at some length".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: UserError.self) { try Store(path: path, options: Self.copy) }
    let missing = folder.file("none.sqlite")
    #expect(throws: UserError.self) { try Store(path: missing, options: Self.copy) }
    #expect(try Store(path: missing, options: .init(access: .snapshot)).runs().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: missing))
  }
}
