import Foundation
import Testing

@Suite("Images and labels that cannot be used")
struct BadDataTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func photo() throws -> [UInt8] {
    try Repository.bytes("Experiments/sample/images/imagenet_00_243.jpg")
  }

  private func run(_ set: String, _ options: [String] = []) throws -> Output {
    try Sample.run(["--draws", "2", "--data", "sample=\(set)"] + options, in: folder)
  }

  /// A set of two good images and one of each bad kind.
  private func mixedSet() throws -> String {
    let photo = try photo()
    try folder.add("my set/good one.jpg", photo)
    try folder.add("my set/a=b,c.jpg", photo)
    try folder.add("my set/cut.jpg", photo.prefix(5000))
    try folder.add("my set/empty.jpg", "")
    try folder.add("my set/text.jpg", "hello, world")
    try folder.add("my set/zeros.jpg", [UInt8](repeating: 0, count: 4096))
    let files = ["good one.jpg", "\"a=b,c.jpg\"", "cut.jpg", "empty.jpg", "text.jpg", "zeros.jpg"]
    try folder.add("my set/labels.csv", files.map { "\($0),243\n" }.joined())
    return "my set"
  }

  @Test("bad images are named, counted and recorded; the others are evaluated")
  func badImages() throws {
    let output = try run(try mixedSet())
    expectSuccess(output)
    for name in ["cut.jpg: truncated", "empty.jpg: empty", "text.jpg: not", "zeros.jpg: not"] {
      #expect(output.errorLines.filter { $0.hasPrefix(name) }.count == 1, "\(output.errors)")
      #expect(output.text.contains(name.split(separator: ":")[0]), "\(output.text)")
    }
    #expect(output.errors.contains("4 failed"))
    #expect(output.text.contains("4 of 6 images"))
    let good = try folder.rows("r.sqlite", "SELECT item, COUNT(*) FROM predictions GROUP BY item")
    #expect(good == [["a=b,c.jpg", "3"], ["good one.jpg", "3"]])
    let failed = try folder.rows(
      "r.sqlite",
      "SELECT name, COUNT(*) FROM failed_items f JOIN items i ON i.id = f.item_id GROUP BY name")
    #expect(failed.map { $0[0] } == ["cut.jpg", "empty.jpg", "text.jpg", "zeros.jpg"])
    #expect(failed.allSatisfy { $0[1] == "3" })
    let totals = try folder.rows("r.sqlite", "SELECT total FROM top1 ORDER BY condition")
    #expect(totals == [["2"], ["4"]])
    // Failures are results: the same command has nothing left to do.
    #expect(try run("my set").errors.contains("nothing to compute"))
  }

  @Test("--strict ends at the first bad image")
  func strict() throws {
    let output = try run(try mixedSet(), ["--strict"])
    expectFailure(output, "my set", ".jpg", "--strict", afterProgress: true)
    #expect(output.bytes.isEmpty)
    #expect(try folder.rows("r.sqlite", "SELECT status FROM runs") == [["failed"]])
  }

  @Test("a set of bad images only is exit 1 with a table without numbers; what was found is kept")
  func allBad() throws {
    try folder.add("set/empty.jpg", "")
    try folder.add("set/labels.csv", "file,label\nempty.jpg,3\n")
    for _ in 0..<2 {
      let output = try run("set")
      expectFailure(
        output, "sample: none of its 1 images could be used", afterProgress: true)
      #expect(output.text.contains("every image failed"))
      #expect(!output.text.contains("nan"))
    }
    #expect(try Sample.count(folder, "failed_items") > 0)
    #expect(
      try String(contentsOfFile: folder.file("reports/sample.md"), encoding: .utf8)
        .contains("empty.jpg"))
  }

  @Test("columns that contradict each other are one line, and nothing is recorded")
  func contradictingColumns() throws {
    try folder.add("set/a.jpg", photo())
    try folder.add("set/labels.csv", "index,file,wnid\n0,a.jpg,n02108422\n")
    expectFailure(
      try run("set"), "set/labels.csv, line 2", "index 0", "wnid 243", "contradict each other")
    #expect(try Sample.count(folder, "runs") == 0)
  }

  @Test("what was left out of a set stands on the terminal, in the report, and in runs show")
  func leftOut() throws {
    try folder.add("set/n02108422/a.jpg", photo())
    try folder.add("set/n02108422/b.tiff", "")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("set/n02108422/up"), withDestinationPath: "..")
    let output = try run("set")
    expectSuccess(output)
    let report = try String(contentsOfFile: folder.file("reports/sample.md"), encoding: .utf8)
    let shown = try Command.run(["runs", "show", "1", "--database", "r.sqlite"], in: folder)
    let json = try Command.run(
      ["runs", "show", "1", "--json", "--database", "r.sqlite"], in: folder)
    for words in ["1 file left out", "1 .tiff", "linked folder left out"] {
      for text in [output.errors, report, shown.text, json.text] {
        #expect(text.contains(words), "\(words): \(text)")
      }
    }
    #expect(report.contains("## Notes on the data"))
    #expect(try folder.rows("r.sqlite", "SELECT COUNT(*) FROM items") == [["1"]])
  }

  @Test(
    "labels that make no sense are one line that names file and line",
    arguments: [
      ("a.jpg,1000", "1000 is outside 0"), ("a.jpg,-1", "-1 is outside 0"),
      ("a.jpg,n99999999", "n99999999"), ("a.jpg,dog", "\"dog\""), ("a.jpg,1.5", "\"1.5\""),
      ("a.jpg,99999999999999999999", "99999999999999999999"), ("a.jpg", "1 of the 2 columns"),
      ("missing.jpg,1", "missing.jpg is listed but missing"),
      ("\"a.jpg,1", "quote is never closed"), (",1", "name of the file is missing"),
    ])
  func badLabels(row: String, words: String) throws {
    try folder.add("set/a.jpg", photo())
    try folder.add("set/labels.csv", "file,label\na.jpg,1\n\(row)\n")
    expectFailure(try run("set"), "set/labels.csv, line 3", words)
    #expect(try Sample.count(folder, "runs") == 0)
  }

  @Test("labels.csv that is empty, without rows, not text or with a file twice is one line")
  func badLabelFiles() throws {
    try folder.add("set/a.jpg", photo())
    try folder.add("set/labels.csv", "")
    expectFailure(try run("set"), "set/labels.csv", "empty")
    try folder.add("set/labels.csv", "file,label\n")
    expectFailure(try run("set"), "set", "no images")
    try folder.add("set/labels.csv", "name,class\na.jpg,1\n")
    expectFailure(try run("set"), "set/labels.csv", "file,label")
    try folder.add("set/labels.csv", [0xFF, 0xFE, 0x00])
    expectFailure(try run("set"), "set/labels.csv", "UTF-8")
    try folder.add("set/labels.csv", "a.jpg,1\na.jpg,1\n")
    expectFailure(try run("set"), "a.jpg appears twice", "remove one of its lines")
  }

  @Test("--data that is malformed, unknown, missing or no set is one line")
  func badPlaces() throws {
    func data(_ option: String...) throws -> Output {
      try Sample.run(option.flatMap { ["--data", $0] }, in: folder)
    }
    expectFailure(try data("sample"), "--data sample", "NAME=PATH")
    expectFailure(try data("=x"), "--data =x", "NAME=PATH")
    expectFailure(try data("sample="), "--data sample=", "NAME=PATH")
    expectFailure(try data("imagenet=."), "no dataset imagenet", "it has sample")
    expectFailure(try data("sample=.", "sample=."), "--data sample", "twice")
    expectFailure(try data("sample=missing"), "missing", "no such file or folder")
    expectFailure(try data("sample=."), ".: not a set of labelled images", "labels.csv")
    expectFailure(try data("sample=\(Repository.photo)"), "not a set of labelled images")
    try folder.add("not.tar", "no archive")
    expectFailure(try data("sample=not.tar"), "not.tar: not a tar archive")
    try folder.add("classes/n99999999/a.jpg", photo())
    expectFailure(try data("sample=classes"), "n99999999", "no class of ImageNet")
  }

  @Test("a broken link and a name that is not UTF-8 are counted as failed, with a word on why")
  func unreadableFiles() throws {
    try folder.add("set/n02108422/a.jpg", photo())
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("set/n02108422/gone.jpg"), withDestinationPath: "/nowhere.jpg")
    let made = try Command.shell(
      #"cp set/n02108422/a.jpg "$(printf 'set/n02108422/\377.jpg')""#, in: folder)
    try #require(made.status == 0)
    let output = try run("set")
    expectSuccess(output)
    #expect(output.errors.contains("not UTF-8: rename it") && output.errors.contains("2 failed"))
    #expect(output.errors.contains("n02108422/gone.jpg: "))
    let good = try folder.rows("r.sqlite", "SELECT COUNT(*) FROM predictions")
    #expect(good == [["3"]])
  }
}
