import Foundation
import Testing

/// Table 2 and the paper's own tables, with the sample in the place of prints.
@Suite("realitygap reproduce table2 and paper-tables")
struct Table2Tests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The sample's photos as a set of prints.
  private func prints(_ name: String, count: Int, manifest: String? = nil) throws -> String {
    var labels = "file,label\n"
    for path in try Repository.photos().prefix(count) {
      let file = URL(fileURLWithPath: path).lastPathComponent
      try folder.add("\(name)/\(file)", try Data(contentsOf: URL(fileURLWithPath: path)))
      // imagenet_<number>_<class>.jpg
      let label = file.split(separator: "_").last?.split(separator: ".").first ?? ""
      labels += "\(file),\(label)\n"
    }
    try folder.add("\(name)/labels.csv", labels)
    if let manifest { try folder.add("\(name)/manifest.json", manifest) }
    return folder.file(name)
  }

  /// A copy of the shipped corrector that is another file: bytes after the end of HDF5's are nobody's.
  private func copiedCorrector() throws -> String {
    try folder.add("copy.h5", Repository.bytes("Experiments/sample/corrector.h5") + [0])
  }

  private func arguments(_ options: [String]) throws -> [String] {
    [
      "reproduce", "table2", "--weights", Repository.path("Experiments/sample"), "--models",
      "squeezenet1_1", "--database", "r.sqlite", "--reports", "reports",
    ] + options
  }

  @Test("two sets of prints and two correctors stand in one table, and a simulated set is named")
  func table2() throws {
    let corrector = Repository.path("Experiments/sample/corrector.h5")
    let options = [
      "--data", "printed-1.5in=\(try prints("small", count: 3))", "--data",
      "printed-5in=\(try prints("large", count: 4, manifest: "{\"simulated\": true}"))",
      "--corrector", "paper=\(corrector)", "--corrector", "print=\(try copiedCorrector())",
    ]
    let planned = try Command.run(try arguments(options + ["--dry-run"]), in: folder)
    expectSuccess(planned)
    #expect(planned.lines.count == 6 && planned.text.contains("printed-5in  corrected print"))
    let output = try Command.run(try arguments(options), in: folder)
    expectSuccess(output)
    let cells = try folder.rows(
      "r.sqlite",
      "SELECT dataset, condition, COUNT(DISTINCT corrector), SUM(total) FROM top1 "
        + "GROUP BY dataset, condition ORDER BY dataset, condition")
    #expect(
      cells == [
        ["printed-1.5in", "corrected", "2", "6"], ["printed-1.5in", "raw", "0", "3"],
        ["printed-5in", "corrected", "2", "8"], ["printed-5in", "raw", "0", "4"],
      ])
    let page = String(decoding: try folder.bytes("reports/table2.md"), as: UTF8.self)
    #expect(page.hasPrefix("# Table 2 (partly simulated prints): "))
    #expect(page.contains("nothing of printed-5in was printed or photographed"))
    for name in ["paper", "print"] {
      #expect(page.contains("| SqueezeNet 1.1, \(name) | 3 | "))
      #expect(page.contains("| SqueezeNet 1.1, printed-5in, \(name) | 4 | "))
      #expect(page.contains("| corrector \(name) | "))
    }
    #expect(page.contains("| SqueezeNet 1.1, printed-5in | raw | "))
    #expect(page.contains("Among 4 comparisons"))
    // Again: nothing is computed, and the report is the same to the last byte.
    let again = try Command.run(try arguments(options), in: folder)
    expectSuccess(again)
    #expect(again.errors.contains("nothing to compute") && again.bytes == output.bytes)
    #expect(String(decoding: try folder.bytes("reports/table2.md"), as: UTF8.self) == page)
  }

  @Test("correctors without names, and one file under two names, are refused")
  func names() throws {
    let corrector = Repository.path("Experiments/sample/corrector.h5")
    let sets = try ["printed-1.5in", "printed-5in"].flatMap {
      ["--data", "\($0)=\(try prints("set", count: 1))"]
    }
    func run(_ correctors: [String]) throws -> Output {
      try Command.run(
        try arguments(sets + correctors.flatMap { ["--corrector", $0] }), in: folder)
    }
    expectFailure(try run([corrector, corrector]), "several correctors need names")
    expectFailure(try run(["a=\(corrector)", "b=\(corrector)"]), "correctors a and b are the same")
    expectFailure(try run(["a=\(corrector)", "a=x.h5"]), "--corrector a: given twice")
    expectFailure(try run(["a=none.h5"]), "none.h5")
  }

  @Test("the paper's tables need neither images nor weights nor a database")
  func paper() throws {
    let arguments = ["reproduce", "paper-tables", "--reports", "out"]
    let output = try Command.run(arguments, in: folder)
    expectSuccess(output)
    #expect(output.text.contains("0 of 6 improvements under any pairing of the images"))
    let page = String(decoding: try folder.bytes("out/paper.md"), as: UTF8.self)
    #expect(page.contains("| ResNet50, printed-5in | 300 | 60.7 (55.04–66.03) |"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("realitygap.sqlite")))
    expectFailure(
      try Command.run(arguments + ["--weights", "w"], in: folder), "nothing is computed")
  }
}
