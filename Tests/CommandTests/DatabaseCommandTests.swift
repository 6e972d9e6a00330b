import Foundation
import GRDB
import Testing
import Tracking

@Suite("realitygap database")
struct DatabaseCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func database(_ arguments: String...) throws -> Output {
    try Command.run(["database"] + arguments + ["--database", "r.sqlite"], in: folder)
  }

  @Test("check says ok, or one line a problem and exit 1; vacuum keeps the rows")
  func checkAndVacuum() throws {
    expectFailure(try database("check"), "r.sqlite: there is no such database")
    expectSuccess(try Sample.run(["--draws", "1", "--limit", "2"], in: folder))
    let sound = try database("check")
    expectSuccess(sound)
    #expect(sound.text == "r.sqlite: ok, 1 runs, 2 cells, 4 predictions, 0 failures\n")
    let rows = try Sample.rows(folder)
    expectSuccess(try database("vacuum"))
    #expect(try Sample.rows(folder) == rows)
    try DatabaseQueue(path: folder.file("r.sqlite")).write {
      try $0.execute(sql: "DELETE FROM prediction_rows WHERE evaluation_id = 1 AND item_id = 1")
      try $0.execute(sql: "UPDATE prediction_rows SET label_rank = -1 WHERE evaluation_id = 2")
    }
    let damaged = try database("check")
    expectFailure(damaged, "r.sqlite: 3 problems")
    #expect(damaged.lines.count == 3 && damaged.lines[0].hasPrefix("cell 1 (squeezenet1_1"))
  }

  @Test("a file with damaged pages is a failure of one line at most, not a crash")
  func damagedPages() throws {
    expectSuccess(try Sample.run(["--draws", "9"], in: folder))
    expectSuccess(try database("vacuum"))
    var bytes = try folder.bytes("r.sqlite")
    for position in stride(from: 8192, to: bytes.count, by: 97) { bytes[position] ^= 0x5A }
    try folder.add("r.sqlite", bytes)
    let output = try database("check")
    #expect(output.status == 1)
    expectNoCrash(output)
  }

  @Test("merging what is not there, or itself, is refused; contradictions are named")
  func merge() throws {
    expectSuccess(try Sample.run(["--draws", "1", "--limit", "2"], in: folder))
    expectFailure(try database("merge", "no.sqlite"), "no.sqlite: there is no such database")
    expectFailure(try database("merge", "./r.sqlite"), "./r.sqlite: is the database itself")
    expectSuccess(
      try Sample.run(["--draws", "1", "--limit", "2"], in: folder, database: "other.sqlite"))
    try DatabaseQueue(path: folder.file("other.sqlite")).write {
      try $0.execute(
        sql: "UPDATE prediction_rows SET predicted = 5, label_rank = 1 WHERE evaluation_id = 2")
    }
    let before = try folder.rows("r.sqlite", "SELECT * FROM runs")
    expectFailure(try database("merge", "other.sqlite"), "squeezenet1_1, distorted", "draw 0")
    #expect(try folder.rows("r.sqlite", "SELECT * FROM runs") == before)
    #expect(try Command.run(["database", "merge"], in: folder).status == 64)
  }
}
