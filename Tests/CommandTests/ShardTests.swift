import Foundation
import Testing

@Suite("run --shard")
struct ShardTests {
  /// 6 images × 3 draws and 6 canonical ones in 5 batches of 4, the last of 2.
  private static let options = ["--draws", "3", "--limit", "6", "--batch", "4"]
  private static let parts = ["0/3", "1/3", "2/3"]

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func whole() throws -> (output: Output, rows: [[String]]) {
    let output = try Sample.run(Self.options, in: folder, database: "whole.sqlite")
    expectSuccess(output)
    return (output, try Sample.rows(folder, "whole.sqlite"))
  }

  @Test("three processes at once on one database equal an undivided run, bit for bit")
  func oneDatabase() throws {
    let (undivided, expected) = try whole()
    let commands = try Self.parts.map {
      try Command(Sample.arguments(Self.options + ["--shard", $0]), in: folder)
    }
    let outputs = try commands.map { try $0.finish() }
    outputs.forEach { expectSuccess($0) }
    #expect(expected.count == 6 + 18 + 2)
    #expect(try Sample.rows(folder) == expected)
    #expect(outputs.contains { $0.errors.contains("all cells are complete") })
    #expect(outputs.contains { $0.text == undivided.text })
    let runs = try folder.rows(
      "r.sqlite",
      "SELECT status, json_extract(configuration, '$.shard') FROM runs ORDER BY 2")
    #expect(runs == Self.parts.map { ["finished", $0] })
    // Whoever wrote the report last had seen all of it.
    let report = String(decoding: try folder.bytes("reports/sample.md"), as: UTF8.self)
    #expect(!report.contains("not finished"))
    expectSuccess(try Command.run(["database", "check", "--database", "r.sqlite"], in: folder))
    // Nothing is left for anyone, and no empty run is stored.
    let again = try Sample.run(Self.options + ["--shard", "1/3"], in: folder)
    #expect(again.errors.contains("nothing to compute"))
    #expect(try Sample.count(folder, "runs") == 3)
  }

  @Test("parts in three databases are incomplete alone and equal an undivided run when merged")
  func threeDatabases() throws {
    let (_, expected) = try whole()
    for (index, part) in Self.parts.enumerated() {
      let output = try Sample.run(
        Self.options + ["--shard", part], in: folder, database: "\(index).sqlite")
      expectSuccess(output)
      #expect(output.errors.contains("shard \(part) is done; 2 of 2 cells are incomplete"))
      #expect(output.text.contains("not finished ("))
      #expect(try folder.rows("\(index).sqlite", "SELECT * FROM top1") == [])
    }
    let merge = ["database", "merge", "0.sqlite", "1.sqlite", "2.sqlite", "--database", "r.sqlite"]
    let merged = try Command.run(merge, in: folder)
    expectSuccess(merged)
    #expect(merged.lines.count == 3)
    #expect(try Sample.rows(folder) == expected)
    expectSuccess(try Command.run(["database", "check", "--database", "r.sqlite"], in: folder))
    let dump = try folder.rows("r.sqlite", "SELECT * FROM evaluations")
    let again = try Command.run(merge, in: folder)
    expectSuccess(again)
    #expect(again.lines.allSatisfy { $0.hasSuffix("r.sqlite already has everything") })
    #expect(try folder.rows("r.sqlite", "SELECT * FROM evaluations") == dump)
    // The undivided command has nothing left to do, either.
    let rest = try Sample.run(Self.options, in: folder)
    #expect(rest.errors.contains("nothing to compute"))
  }

  @Test("a part that is missing is computed by the undivided command")
  func missingPart() throws {
    let (_, expected) = try whole()
    for part in ["0/2", "0/2"] {
      expectSuccess(try Sample.run(Self.options + ["--shard", part], in: folder))
    }
    #expect(try Sample.count(folder, "runs") == 1)
    #expect(try Sample.count(folder, "top1") == 0)
    expectSuccess(try Sample.run(Self.options, in: folder))
    #expect(try Sample.rows(folder) == expected)
  }

  @Test(
    "impossible parts are wrong usage", arguments: ["3/3", "-1/3", "1", "1/0", "a/b", "1/2/3", "/"])
  func wrongUsage(part: String) throws {
    let output = try Sample.run(["--shard=\(part)"], in: folder)
    #expect(output.status == 64 && output.errors.contains("--shard"), "\(output.errors)")
  }
}
