import Support
import Testing
import Tracking

import Interchange

@Suite("Export of CSV files")
struct CSVExportTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  /// Rows by column.
  private func rows(_ name: String) throws -> [[String: String]] {
    let rows = try CSV.rows(path: bench.folder.file("out/\(name).csv")).map(\.fields)
    let header = try #require(rows.first)
    return rows.dropFirst().map { row in
      Dictionary(uniqueKeysWithValues: zip(header, row))
    }
  }

  @Test("every run, value and prediction has a row that reads back as it is stored")
  func everything() throws {
    let files = try CSVExport.write(.everything, of: bench.store, to: bench.folder.file("out"))
    #expect(files.map(\.rows) == [2, 3, 1, 3])
    let runs = try rows("runs")
    #expect(
      runs[0]["notes"] == "a \"note\",\nof two lines" && runs[0]["tags"] == #"{"best":"yes"}"#)
    #expect(runs[1]["kind"] == "evaluate" && runs[1]["error"] == "")
    let metrics = try rows("metrics")
    #expect(metrics.map { $0["value"] } == ["0.5", "nan", "1e-07"])
    #expect(metrics.map { $0["step"] } == ["1", "2", "2"])
    let predictions = try rows("predictions")
    #expect(predictions.map { $0["item"] } == ["a, b.jpg", "b.jpg", "c.jpg"])
    #expect(predictions.map { $0["label_rank"] } == ["0", "1", "2"])
    let top1 = try #require(try rows("top1").first)
    #expect(top1["correct"] == "1" && top1["total"] == "3" && top1["dataset"] == "photos")
  }

  @Test("some runs, or an experiment, leave the rest out")
  func scopes() throws {
    let folder = bench.folder.file("out")
    let some = try CSVExport.write(.runs([bench.training]), of: bench.store, to: folder)
    #expect(some.map(\.rows) == [1, 3, 0, 0])
    let mine = try CSVExport.write(.experiment("mine"), of: bench.store, to: folder)
    #expect(mine.map(\.rows) == [1, 0, 1, 3])
    #expect(throws: UserError.self) {
      try CSVExport.write(.runs([77]), of: bench.store, to: folder)
    }
    #expect(throws: UserError.self) {
      try CSVExport.write(.experiment("yours"), of: bench.store, to: folder)
    }
  }

  @Test("columns are those that the help names")
  func columns() throws {
    _ = try CSVExport.write(.everything, of: bench.store, to: bench.folder.file("out"))
    for table in ExportTable.all {
      let header = try CSV.rows(path: bench.folder.file("out/\(table.name).csv")).first?.fields
      #expect(header == table.columns)
    }
  }
}
