import Foundation
import GRDB
import Support
import Testing
import Tracking

@Suite("Opening a database")
struct OpeningTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The line that opening a file fails with.
  private func failure(_ path: String, _ options: Store.Options = .init()) -> String? {
    do {
      _ = try Store(path: path, options: options)
      return nil
    } catch { return "\(error)" }
  }

  /// A connection in the middle of an exclusive transaction.
  private func lockedConnection(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.inDatabase { try $0.execute(sql: "BEGIN EXCLUSIVE") }
    return queue
  }

  @Test("a network file system is named, since WAL needs one host; a local one is not")
  func networkFileSystem() throws {
    func note(_ name: String) throws -> String? {
      try Store(
        path: folder.file("n.sqlite"), options: .init(fileSystem: FileSystemKind(name: name))
      ).placeNote
    }
    for name in ["nfs", "nfs4", "lustre", "gpfs", "beegfs", "cifs", "smb3", "9p", "fuse.sshfs"] {
      let text = try #require(try note(name))
      #expect(
        text.hasPrefix("\(folder.file("n.sqlite")): lies on a network file system (\(name));"))
      #expect(!text.contains("\n") && text.contains("one host"))
    }
    for name in ["ext4", "xfs", "tmpfs", "fuseblk", "fuse.gocryptfs"] {
      #expect(try note(name) == nil)
    }
  }

  @Test("a path lies on the innermost mount above it, the later one of two at one point")
  func mounts() {
    let table = """
      22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
      30 22 0:40 / /home rw shared:1 - nfs4 server:/home rw,vers=4.2
      31 30 0:41 / /home/my\\040data rw - lustre mgs:/data rw
      32 22 0:42 / /mnt rw - tmpfs tmpfs rw
      33 22 0:43 / /mnt rw - beegfs beegfs rw
      """
    for (path, name) in [
      ("/runs.sqlite", "ext4"), ("/home/a/runs.sqlite", "nfs4"), ("/homes/runs.sqlite", "ext4"),
      ("/home/my data/runs.sqlite", "lustre"), ("/mnt/runs.sqlite", "beegfs"),
    ] {
      #expect(FileSystemKind(of: path, mounts: table)?.name == name)
    }
    #expect(FileSystemKind(of: "/a", mounts: "") == nil)
    #expect(FileSystemKind(of: "/proc/version")?.name == "proc")
  }

  @Test("a new file is created, and opening it again changes nothing")
  func opensTwice() throws {
    let path = folder.file("new.sqlite")
    let run = try Store(path: path).startRun(Workbench.newRun)
    let before = try schema(path)
    let again = try Store(path: path)
    #expect(try again.run(run)?.name == "sample")
    #expect(try schema(path) == before)
    #expect(before.count > 15)
  }

  private func schema(_ path: String) throws -> [String] {
    try DatabaseQueue(path: path).read {
      try String.fetchAll($0, sql: "SELECT COALESCE(sql, name) FROM sqlite_master ORDER BY name")
    }
  }

  @Test("an empty file becomes a database")
  func opensEmptyFile() throws {
    let path = folder.file("empty.sqlite")
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(try Store(path: path).runs().isEmpty)
  }

  @Test("a lock held by another connection is one line after the time to wait")
  func locked() throws {
    let path = folder.file("locked.sqlite")
    let store = try Store(path: path, options: .init(busyTimeout: 0.1))
    let other = try lockedConnection(path)
    #expect(throws: UserError.self) { try store.startRun(Workbench.newRun) }
    let line = try #require(failure(path, .init(busyTimeout: 0.1)))
    #expect(
      line.contains("locked.sqlite: another program keeps the database locked (waited 0.1 s)"))
    try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
    #expect(try store.startRun(Workbench.newRun) == 1)
  }

  @Test("a lock on a file that is not yet in WAL mode is the same line")
  func lockedWhenNew() throws {
    let path = folder.file("fresh.sqlite")
    let other = try lockedConnection(path)
    let line = try #require(failure(path, .init(busyTimeout: 0.1)))
    #expect(line.contains("keeps the database locked"))
    try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
  }

  @Test("a schema of a newer version is refused and left as it is")
  func newerSchema() throws {
    let path = folder.file("newer.sqlite")
    _ = try Store(path: path)
    try DatabaseQueue(path: path).write {
      try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999')")
    }
    let line = try #require(failure(path))
    #expect(line.contains("newer.sqlite: written by a newer version of realitygap"))
    #expect(!line.contains("\n"))
  }

  @Test("a file that is no database is refused and left as it is")
  func notADatabase() throws {
    let path = folder.file("notes.txt")
    let text = Data(String(repeating: "These are notes, not a database. ", count: 40).utf8)
    try text.write(to: URL(fileURLWithPath: path))
    #expect(try #require(failure(path)).contains("notes.txt: not an SQLite database"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
  }

  @Test("another program's database is refused and left as it is")
  func foreignDatabase() throws {
    let path = folder.file("other.sqlite")
    try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE runs (x)") }
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(try #require(failure(path)).contains("other.sqlite: a database of another program"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test("a folder, a missing folder and a folder that may not be written to are told apart")
  func badPlaces() throws {
    #expect(try #require(failure(folder.path)).contains("a folder, not a database"))
    let missing = try #require(failure(folder.file("no/where.sqlite")))
    #expect(missing.contains("/no does not exist"))
    // Not even root may create files here.
    let unwritable = try #require(failure("/proc/results.sqlite"))
    #expect(unwritable.contains("/proc") && !unwritable.contains("\n"))
  }

  @Test(
    "a file without permission to write is refused",
    .enabled(if: geteuid() != 0, "root may write to any file"))
  func withoutPermission() throws {
    let path = folder.file("kept.sqlite")
    _ = try Store(path: path)
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
    #expect(try #require(failure(path)).contains("kept.sqlite: the database is read-only"))
  }

  @Test("a full disk is one line, and what was stored before is kept")
  func fullDisk() throws {
    let path = folder.file("full.sqlite")
    let store = try Store(path: path, options: .init(maximumPageCount: 80))
    let run = try store.startRun(Workbench.newRun)
    let many = (0..<20_000).map { MetricValue(step: $0, name: "loss", value: 1) }
    let error = #expect(throws: UserError.self) { try store.record(metrics: many, run: run) }
    #expect(error?.description.contains("full.sqlite: the disk is full") == true)
    #expect(try store.metrics(run: run).isEmpty)
    #expect(try store.run(run)?.status == .running)
  }

  @Test("no room for the log's index, of which SQLite gives no reason, is a full disk")
  func fullForIndex() {
    func line(_ code: ResultCode, free: Int?) -> String {
      let error = DatabaseError(resultCode: code, message: "disk I/O error")
      return "\(StoreError.explain(error, path: "a.sqlite", busyTimeout: 1) { _ in free })"
    }
    let full = line(.SQLITE_IOERR_SHMSIZE, free: 12 << 10)
    #expect(full.hasPrefix("a.sqlite: the disk is full; free some space"))
    for other in [
      line(.SQLITE_IOERR_SHMSIZE, free: 32 << 10), line(.SQLITE_IOERR_SHMSIZE, free: nil),
      line(.SQLITE_IOERR_READ, free: 0),
    ] {
      #expect(other.hasPrefix("a.sqlite: reading or writing failed (disk I/O error)"))
    }
    #expect(StoreError.freeBytes(beside: folder.file("a.sqlite")).map { $0 > 0 } == true)
  }

  @Test("eight openers of one new file all succeed")
  func openedAtOnce() async throws {
    let path = folder.file("shared.sqlite")
    try await withThrowingTaskGroup { group in
      for _ in 0..<8 { group.addTask { try Store(path: path).startRun(Workbench.newRun) } }
      var ids: Set<Int64> = []
      for try await id in group { ids.insert(id) }
      #expect(ids.count == 8)
    }
  }

  @Test("a file that was moved away or replaced while it was open is not written to any more")
  func vanished() throws {
    let path = folder.file("v.sqlite")
    let store = try Store(path: path)
    let kept = try store.startRun(Workbench.newRun)
    let (files, elsewhere) = (FileManager.default, folder.file("elsewhere.sqlite"))
    try files.moveItem(atPath: path, toPath: elsewhere)
    func refusal() -> String? {
      (#expect(throws: UserError.self) { try store.startRun(Workbench.newRun) })?.description
    }
    #expect(refusal()?.hasPrefix("\(path): is gone, or another file") == true)
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(refusal()?.contains("bring it and its folder back") == true)
    try files.removeItem(atPath: path)
    try files.moveItem(atPath: elsewhere, toPath: path)
    #expect(try store.startRun(Workbench.newRun) == kept + 1)
  }

  @Test("a folder in which no file can be locked is told from one whose database is in use")
  func locks() {
    let path = folder.file("l.sqlite")
    #expect(FileLocks.failure(beside: path) == nil)
    let reason = FileLocks.failure(beside: path) { _ in
      errno = ENOLCK
      return false
    }
    #expect(reason == String(cString: strerror(ENOLCK)))
    #expect((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) == [])
  }
}
