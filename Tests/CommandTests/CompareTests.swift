import Foundation
import Imaging
import Tensors
import Testing
import WeightFiles

/// `compare` on the sample: the corrector that ships against one without its colour stage.
@Suite("realitygap compare")
struct CompareTests {
  let folder: TemporaryFolder
  static let shipped = Repository.path("Experiments/sample/corrector.h5")

  init() throws { folder = try TemporaryFolder() }

  /// The shipped corrector with zeros in the last layer of its colour stage.
  private func colorless() throws -> String {
    var state = try StateDict.load(Self.shipped)
    for name in ["color.head.weight", "color.head.bias"] {
      state[name] = Tensor(zeros: try #require(state[name]).shape)
    }
    let path = folder.file("colorless.h5")
    try state.write(path)
    return path
  }

  private func evaluate(_ corrector: String, _ options: [String] = []) throws {
    expectSuccess(
      try Sample.run(["--draws", "2", "--corrector", corrector] + options, in: folder))
  }

  private func compare(_ arguments: [String]) throws -> Output {
    try Command.run(["compare", "--database", "r.sqlite"] + arguments, in: folder)
  }

  @Test("two correctors: a verdict, tables, one object, CSV, and a page with pictures")
  func formats() throws {
    let other = try colorless()
    try evaluate(Self.shipped)
    try evaluate(other)

    let text = try compare([Self.shipped, other])
    expectSuccess(text)
    #expect(text.lines.first?.contains("A") == true && text.lines.first?.contains("B") == true)
    for word in [
      "Cells side by side", "SqueezeNet 1.1, sample, corrected", "20 × 2 draws, seed 2020, paper",
      "p (Holm)", "Images fixed and broken", "Agreement", "corrector.sha256",
    ] { #expect(text.text.contains(word), "\(word): \(text.text)") }

    let csv = try compare([Self.shipped, other, "--csv"])
    expectSuccess(csv)
    #expect(csv.lines.count == 2 && csv.lines[0].hasPrefix("baseline,subject,experiment,"))
    #expect(csv.lines[1].hasPrefix("A,B,sample,sample,squeezenet1_1,corrected,"))

    // The two runs hold the same cells; canonical and distorted ones are shared.
    let json = try compare(["1", "run:2", "--json"])
    expectSuccess(json)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
    let cells = try #require(object["cells"] as? [[String: Any]])
    #expect(cells.count == 1 && cells[0]["pairs"] as? Int == 40)
    #expect((object["remarks"] as? [[String: Any]])?.count == 2)
    let right = try folder.rows(
      "r.sqlite", "SELECT correct FROM top1 WHERE condition = 'corrected' ORDER BY run_id"
    ).compactMap { $0.first.flatMap(Double.init) }
    let difference = try #require(cells[0]["difference"] as? Double)
    #expect(abs(difference - 100 * (right[1] - right[0]) / 40) < 1e-9)

    let page = try compare([Self.shipped, other, "--output", "out", "--pictures", "3"])
    expectSuccess(page)
    #expect(page.lines.first == "out/compare-corrector-colorless.md")
    let markdown = String(
      decoding: try folder.bytes("out/compare-corrector-colorless.md"), as: UTF8.self)
    #expect(markdown.contains("canonical y | distorted x | ŷ of A | ŷ of B"))
    let pictures = page.lines.filter { $0.hasSuffix(".jpg") }
    #expect(!pictures.isEmpty)
    for picture in pictures {
      #expect(markdown.contains("](\(picture.dropFirst("out/".count)))"))
      let image = try RGBImage(path: folder.file(picture))
      #expect(image.width == 4 * 164 + 4 && (image.height - 28) % 184 == 0)
    }
  }

  @Test("pictures that cannot be made any more are a line each; --pictures 0 makes none")
  func pictures() throws {
    let other = try colorless()
    try evaluate(Self.shipped)
    try evaluate(other)
    try FileManager.default.removeItem(atPath: other)
    let gone = try compare(["1", "2", "--output", "gone"])
    expectSuccess(gone)
    #expect(gone.lines == ["gone/compare-run-1-run-2.md"])
    let markdown = String(decoding: try folder.bytes("gone/compare-run-1-run-2.md"), as: UTF8.self)
    #expect(markdown.contains("colorless.h5: the corrector is missing."))
    let none = try compare(["1", "2", "--output", "none", "--pictures", "0"])
    #expect(none.lines == ["none/compare-run-1-run-2.md"])
    #expect(try !folder.bytes("none/compare-run-1-run-2.md").isEmpty)
  }

  /// The object `verdict` of `--json`.
  private func verdict(_ subjects: String...) throws -> [String: Any] {
    let output = try compare(subjects + ["--json"])
    expectSuccess(output)
    let object = try JSONSerialization.jsonObject(with: Data(output.bytes)) as? [String: Any]
    return try #require(object?["verdict"] as? [String: Any])
  }

  @Test(
    "a verdict rests on draws and images that both have, and on nothing that is the same in both")
  func basis() throws {
    for options in [
      ["--limit", "4", "--draws", "3"], ["--limit", "4", "--draws", "2"], ["--draws", "1"],
      ["--draws", "1", "--seed", "7"],
    ] {
      expectSuccess(try Sample.run(options + ["--corrector", Self.shipped], in: folder))
    }
    // Fewer draws are the first of more: they are the same, which is no verdict.
    let draws = try compare(["1", "2"])
    expectSuccess(draws)
    #expect(draws.lines[0].hasPrefix("A and B differ only in the number of images or draws"))
    #expect(draws.text.contains("compared on draws 0 to 1, which both have (A has 3, B has 2)"))
    #expect(draws.text.contains("4 × draws 0 to 1 of 3 and 2, seed 2020, paper"))
    #expect(try verdict("1", "2")["comparable"] as? Bool == true)
    // Another seed leaves the canonical cell alone, which is the very same one.
    let seeds = try compare(["3", "4"])
    expectSuccess(seeds)
    #expect(seeds.lines[0].hasPrefix("A and B cannot be compared: no two of their evaluations"))
    #expect(!seeds.text.contains("no difference"))
    let apart = try verdict("3", "4")
    #expect(apart["comparable"] as? Bool == false && (apart["basis"] as? [Any])?.isEmpty == true)
    let reasons = try #require(apart["reasons"] as? [String])
    #expect(reasons.count == 3)
    #expect(reasons.filter { $0.contains("different seed (2020, 7)") }.count == 2)
    #expect(reasons.contains { $0.contains("canonical: the same evaluation (") })
    for reason in reasons { #expect(seeds.lines.contains("  - \(reason)")) }
    // A limit leaves images that both have.
    let limit = try #require(try verdict("1", "3")["basis"] as? [[String: Any]])
    #expect(limit.map { $0["images"] as? Int } == [4, 4, 4])
    #expect(limit.map { $0["pairs"] as? Int } == [4, 4, 4])
    // Another corrector is compared on what both have, and the cells that it did not touch are not.
    try evaluate(try colorless(), ["--limit", "4"])
    let verdict = try verdict("1", "5")
    let basis = try #require(verdict["basis"] as? [[String: Any]])
    #expect(basis.map { $0["condition"] as? String } == ["corrected"])
    #expect(basis.map { $0["pairs"] as? Int } == [8] && basis[0]["draws"] as? Int == 2)
  }

  @Test("what cannot be compared is refused in one line")
  func refused() throws {
    try evaluate(Self.shipped, ["--limit", "3"])
    let other = try colorless()
    expectFailure(try compare(["1", "9"]), "has no run 9")
    expectFailure(try compare(["1", "evaluation:99"]), "has no evaluation 99")
    expectFailure(try compare(["1", other]), "colorless.h5", "never evaluated")
    expectFailure(try compare(["1", "none.h5"]), "none.h5")
    expectFailure(try compare(["1", Repository.weights]), "not a corrector")
    expectFailure(try compare(["1", "run:1"]), "are the same")
    expectFailure(
      try Command.run(["compare", "1", "2", "--database", "no.sqlite"], in: folder), "no.sqlite")
    #expect(try compare(["1"]).status == 64)
    #expect(try compare(["1", "2", "--json", "--csv"]).status == 64)
    #expect(try compare(["1", "2", "--pictures", "-1"]).status == 64)
  }
}
