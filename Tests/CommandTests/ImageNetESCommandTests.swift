import Datasets
import Foundation
import Testing

/// A small part of ImageNet-ES in which distortions of the sample's photos stand for photographs.
@Suite("realitygap reproduce imagenet-es")
struct ImageNetESCommandTests {
  private static let settings = [
    "auto_exposure/l1/param_1", "param_control/l1/param_1", "param_control/l5/param_1",
  ]

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func makeSet() throws {
    let classes = try ClassList.imageNet()
    for path in try Repository.photos().prefix(2) {
      // imagenet_<number>_<class>.jpg
      let file = URL(fileURLWithPath: path).lastPathComponent
      let digits = try #require(file.split(separator: "_").last?.split(separator: ".").first)
      let index = try #require(Int(digits))
      let wnid = try #require(classes[index]).id
      try folder.add(
        "es-test/sampled_tin_no_resize2/\(wnid)/\(file)",
        Data(contentsOf: URL(fileURLWithPath: path)))
      for (draw, setting) in Self.settings.enumerated() {
        let photograph = try folder.add("es-test/\(setting)/\(wnid)/\(file)", "")
        expectSuccess(
          try Command.run(
            ["distort", path, "--output", photograph, "--seed", "1", "--draw", "\(draw)"],
            in: folder))
      }
    }
  }

  private func arguments(_ data: String = "es-test") -> [String] {
    [
      "reproduce", "imagenet-es", "--data", "imagenet-es=\(data)", "--weights",
      Repository.path("Experiments/sample"), "--models", "squeezenet1_1", "--corrector",
      Repository.path("Experiments/sample/corrector.h5"), "--database", "r.sqlite", "--output",
      "reports",
    ]
  }

  @Test("canonical, raw and corrected stand in one table, and settings are strata of the report")
  func table() throws {
    try makeSet()
    let output = try Command.run(arguments(), in: folder)
    expectSuccess(output)
    let cells = try folder.rows(
      "r.sqlite", "SELECT condition, draws, total FROM top1 ORDER BY condition")
    #expect(cells == [["canonical", "1", "2"], ["corrected", "3", "6"], ["raw", "3", "6"]])
    #expect(output.text.contains("photographed under 3 settings"))
    let again = try Command.run(arguments(), in: folder)
    #expect(again.errors.contains("nothing to compute") && again.bytes == output.bytes)

    expectSuccess(
      try Command.run(
        [
          "report", "imagenet-es", "--database", "r.sqlite", "--output", "full", "--format",
          "markdown,csv",
        ], in: folder))
    let table = try folder.bytes("full/tables/imagenet-es-strata.csv")
    let rows = String(decoding: table, as: UTF8.self).split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(
      rows.map { $0[3...6].joined(separator: " ") } == [
        "exposure auto_exposure 2 2", "exposure param_control 2 4", "light l1 2 4", "light l5 2 2",
        "parameters auto_exposure param_1 2 2", "parameters param_control param_1 2 4",
      ])
    let page = String(decoding: try folder.bytes("full/imagenet-es.md"), as: UTF8.self)
    #expect(page.contains("| SqueezeNet 1.1 | light | l5 | 2 | "))
  }

  @Test("imported raw predictions have a draw for each photograph")
  func imported() throws {
    try makeSet()
    let names = try LabelledDataset(name: "es", path: folder.file("es-test")).items.map(\.name)
    let lines = names.flatMap { name in (0..<3).map { "\(name),\($0),7" } }
    try folder.add("p.csv", "item,draw,predicted\n" + lines.joined(separator: "\n") + "\n")
    func run(_ draws: String) throws -> Output {
      try Command.run(
        [
          "import-predictions", "p.csv", "--experiment", "imagenet-es", "--dataset", "imagenet-es",
          "--model", "mine", "--condition", "raw", "--data", "es-test", "--draws", draws,
          "--database", "i.sqlite",
        ], in: folder)
    }
    expectFailure(try run("2"), "imagenet-es has 3 raw photos of each image")
    expectSuccess(try run("3"))
    #expect(try folder.rows("i.sqlite", "SELECT draws, total FROM top1") == [["3", "6"]])
  }

  @Test("the folder of both parts is refused")
  func parts() throws {
    try makeSet()
    expectFailure(
      try Command.run(arguments("."), in: folder), "holds the parts of ImageNet-ES")
  }
}
