import Foundation
import Testing

@Suite("Photos that are damaged and that Pillow decodes all the same")
struct DamagedPhotoTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    var bytes = try Repository.bytes("Tests/ImagingTests/Fixtures/images/cat_451x300_420.jpg")
    try folder.add("set/whole.jpg", bytes)
    bytes.removeSubrange(bytes.count / 2..<bytes.count - 2)
    for name in ["half", "other", "third", "fourth"] { try folder.add("set/\(name).jpg", bytes) }
    let names = ["whole", "half", "other", "third", "fourth"]
    try folder.add("set/labels.csv", "file,label\n" + names.map { "\($0).jpg,285\n" }.joined())
    try folder.add(
      "tiny.yaml",
      """
      version: 1
      name: tiny
      corrector:
        stages: [color]
        color: { view: 8, widths: [2], hidden: 4, summary: pool }
      phases:
        - { name: look, learn: [color], steps: 5, batch: 1, learning_rate: 1.0e-3, losses: { mse: 1 } }
      """)
  }

  private static let line =
    "4 photos are damaged and were decoded as Pillow does: fourth.jpg (Corrupt JPEG data: "

  /// The notes of the database on damaged photos of a set: one each.
  private func expectNotes(_ dataset: String, at location: SourceLocation = #_sourceLocation) throws
  {
    let notes = try folder.rows(
      "r.sqlite",
      "SELECT note FROM data_notes WHERE dataset = '\(dataset)' AND note LIKE '%damaged%'")
    #expect(notes.count == 4, "\(notes)", sourceLocation: location)
    for name in ["half", "other", "third", "fourth"] {
      let own = notes.filter { $0[0].hasPrefix("\(name).jpg: damaged (Corrupt JPEG data") }
      #expect(own.count == 1, "\(notes)", sourceLocation: location)
    }
  }

  /// The one line on the terminal, and what `runs show` says.
  private func expectLine(
    _ output: Output, _ dataset: String?, at location: SourceLocation = #_sourceLocation
  ) throws {
    let start = (dataset.map { "\($0): " } ?? "") + Self.line.prefix(60)
    let lines = output.errorLines.filter { $0.contains("damaged") }
    #expect(lines.count == 1, "\(output.errors)", sourceLocation: location)
    #expect(lines.first?.hasPrefix(start) == true, "\(output.errors)", sourceLocation: location)
    #expect(lines.first?.hasSuffix(" and 1 more") == true, sourceLocation: location)
    let shown = try Command.run(["runs", "show", "1", "--database", "r.sqlite"], in: folder)
    #expect(
      shown.text.contains("4 photos are damaged"), "\(shown.text)", sourceLocation: location)
  }

  @Test("run names them at its end, stores them, and the report shows them; --strict refuses them")
  func run() throws {
    let options = ["--draws", "1", "--data", "sample=set"]
    let output = try Sample.run(options, in: folder)
    expectSuccess(output)
    try expectLine(output, "sample")
    try expectNotes("sample")
    let report = try String(contentsOfFile: folder.file("reports/sample.md"), encoding: .utf8)
    #expect(report.contains("4 photos are damaged and were decoded as Pillow does"))
    // They are evaluated, and counted.
    #expect(try folder.rows("r.sqlite", "SELECT DISTINCT total FROM top1") == [["5"]])
    let strict = try Sample.run(options + ["--strict"], in: folder, database: "strict.sqlite")
    expectFailure(strict, ".jpg: damaged (Corrupt JPEG data", "drop --strict", afterProgress: true)
  }

  @Test("a run that goes on keeps what it noted before")
  func resumed() throws {
    let options = ["--draws", "1", "--data", "sample=set"]
    expectSuccess(try Sample.run(options, in: folder))
    // As if it had been killed with a photo left to do.
    try folder.execute(
      "r.sqlite",
      """
      DELETE FROM prediction_rows WHERE item_id = (SELECT id FROM items WHERE name = 'whole.jpg');
      UPDATE evaluations SET status = 'unfinished';
      UPDATE runs SET status = 'interrupted', finished_at = NULL;
      """)
    expectSuccess(try Sample.run(options, in: folder))
    try expectNotes("sample")
  }

  @Test("train names and stores them, in training and in validation; --strict refuses them")
  func train() throws {
    let train = ["train", "tiny.yaml", "--images", "set", "--database", "r.sqlite"]
    let output = try Command.run(train + ["--output", "a"], in: folder)
    expectSuccess(output)
    try expectNotes("images")
    let line = try #require(output.errorLines.first { $0.contains("damaged") })
    #expect(line.hasPrefix("images: 4 photos are damaged"), "\(output.errors)")
    try folder.add("whole/whole.jpg", folder.bytes("set/whole.jpg"))
    let heldOut = [
      "train", "tiny.yaml", "--images", "whole", "--validation", "set", "--database", "r.sqlite",
    ]
    expectSuccess(try Command.run(heldOut + ["--output", "b"], in: folder))
    try expectNotes("validation")
    for arguments in [train, heldOut] {
      let strict = try Command.run(arguments + ["--output", "c", "--strict"], in: folder)
      expectFailure(
        strict, ".jpg: damaged (Corrupt JPEG data", "drop --strict", afterProgress: true)
    }
  }

  @Test("agreement names and stores them; --strict refuses them")
  func agreement() throws {
    let agreement = [
      "agreement", "--images", "set", "--draws", "1", "--weights", Repository.weights,
    ]
    let output = try Command.run(agreement + ["--database", "r.sqlite", "--json"], in: folder)
    expectSuccess(output)
    #expect(output.text.contains("\"damaged\":4"), "\(output.text)")
    try expectLine(output, nil)
    try expectNotes("images")
    let strict = try Command.run(agreement + ["--strict"], in: folder)
    expectFailure(strict, ".jpg: damaged (Corrupt JPEG data", "drop --strict", afterProgress: true)
  }
}
