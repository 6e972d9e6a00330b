import Datasets
import Foundation
import Testing

/// ImageNet-C's corruptions as distortions, and ImageNet-C as a set.
@Suite("Corruptions in commands")
struct CorruptionCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("distort takes a corruption by name, and its parameters again")
  func distort() throws {
    let photo = try #require(try Repository.photos().first)
    let first = try Command.run(
      ["distort", photo, "--output", "a.ppm", "--seed", "3", "--preset", "snow-4"], in: folder)
    expectSuccess(first)
    #expect(first.text.contains("\"severity\": 4"))
    try folder.add("p.json", Data(first.text.utf8))
    expectSuccess(
      try Command.run(
        ["distort", photo, "--output", "b.ppm", "--parameters", "p.json"], in: folder))
    #expect(try folder.bytes("a.ppm") == folder.bytes("b.ppm"))
    expectFailure(
      try Command.run(
        ["distort", photo, "--output", "a.ppm", "--seed", "3", "--preset", "snow-6"], in: folder),
      "unknown distortion snow-6", "a corruption (fog)")
  }

  @Test("an experiment evaluates one, stores its definition, and has a curve by severity")
  func experiment() throws {
    let text = """
      version: 1
      name: fogged
      models: [squeezenet1_1]
      datasets:
        - { name: sample, path: "\(Repository.path("Experiments/sample"))" }
      conditions: [canonical, distorted]
      distortion: fog
      draws: 4
      weights: "\(Repository.path("Experiments/sample"))"

      """
    try folder.add("fogged.yaml", Data(text.utf8))
    expectSuccess(
      try Command.run(
        ["run", "fogged.yaml", "--database", "r.sqlite", "--output", "o"], in: folder))
    #expect(
      try folder.rows("r.sqlite", "SELECT identity, definition FROM distortions")
        == [
          ["fog", "version: 1\nkind: corruption\ncorruption: [fog]\nseverity: [1, 2, 3, 4, 5]\n"]
        ])
    expectSuccess(
      try Command.run(
        [
          "report", "fogged", "--database", "r.sqlite", "--output", "full", "--format",
          "markdown,csv",
        ], in: folder))
    let page = String(decoding: try folder.bytes("full/fogged.md"), as: UTF8.self)
    #expect(page.contains("severity"))
    try folder.add(
      "bad.yaml", Data(text.replacing("distortion: fog", with: "distortion: fgo").utf8))
    expectFailure(
      try Command.run(["run", "bad.yaml", "--database", "r.sqlite"], in: folder),
      "bad.yaml:7", "unknown distortion fgo")
  }

  @Test("a corrector is trained on them")
  func train() throws {
    let tiny = """
      version: 1
      name: tiny
      distortion: corruptions
      corrector: { stages: [unet], unet: { width: 2, depth: 1 } }
      phases:
        - { name: paint, learn: [unet], steps: 2, batch: 2, learning_rate: 1.0e-3 }

      """
    try folder.add("tiny.yaml", Data(tiny.utf8))
    let photo = try #require(try Repository.photos().first)
    try folder.add("photos/a.jpg", try Data(contentsOf: URL(fileURLWithPath: photo)))
    expectSuccess(
      try Command.run(
        ["train", "tiny.yaml", "--images", "photos", "--output", "out", "--database", "r.sqlite"],
        in: folder))
    #expect(FileManager.default.fileExists(atPath: folder.file("out/corrector.h5")))
  }

  private func makeImageNetC(_ corruptions: [Corruption]) throws {
    let classes = try ClassList.imageNet()
    for path in try Repository.photos().prefix(2) {
      let file = URL(fileURLWithPath: path).lastPathComponent
      let digits = try #require(file.split(separator: "_").last?.split(separator: ".").first)
      let index = try #require(Int(digits))
      let wnid = try #require(classes[index]).id
      // An image is as good as another here.
      let image = try folder.add("y.png", "")
      expectSuccess(try Command.run(["canonical", path, "--output", image], in: folder))
      let pixels = try Data(contentsOf: URL(fileURLWithPath: image))
      for corruption in corruptions {
        for severity in Corruption.severities {
          let place = "c/\(corruption.rawValue)/\(severity)/\(wnid)/\(file)"
          try folder.add(place.replacing(".jpg", with: ".JPEG"), pixels)
        }
      }
    }
  }

  private func arguments(_ options: [String] = []) -> [String] {
    [
      "reproduce", "imagenet-c", "--data", "imagenet-c=c", "--weights",
      Repository.path("Experiments/sample"), "--models", "squeezenet1_1", "--database", "r.sqlite",
      "--output", "reports", "--no-corrector",
    ] + options
  }

  @Test("ImageNet-C gives a draw for each setting, strata, and the mean corruption error")
  func imageNetC() throws {
    try makeImageNetC(Corruption.allCases)
    let output = try Command.run(arguments(), in: folder)
    expectSuccess(output)
    #expect(output.text.contains("corrupted under 75 settings"))
    #expect(
      try folder.rows("r.sqlite", "SELECT condition, draws, total FROM top1")
        == [["raw", "75", "150"]])
    expectSuccess(
      try Command.run(
        [
          "report", "imagenet-c", "--database", "r.sqlite", "--output", "full", "--format",
          "markdown,csv",
        ], in: folder))
    func rows(_ name: String) throws -> [[String]] {
      String(decoding: try folder.bytes("full/tables/imagenet-c-\(name).csv"), as: UTF8.self)
        .split(separator: "\n").dropFirst().map {
          $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }
    let strata = try rows("strata")
    #expect(strata.count == 15 + 5)
    #expect(strata.filter { $0[3] == "corruption" }.allSatisfy { $0[5] == "2" && $0[6] == "10" })
    #expect(strata.filter { $0[3] == "severity" }.map { $0[4] } == ["1", "2", "3", "4", "5"])
    let raw = try #require(Double(strata[0][7]))
    let error = try #require(try rows("corruption-error").first)
    #expect(Double(error[3]) == 100 - raw)
    let page = String(decoding: try folder.bytes("full/imagenet-c.md"), as: UTF8.self)
    #expect(page.contains("mCE is the"))
  }

  @Test("canonical images of ImageNet-C, which it has not, and a missing severity are errors")
  func badImageNetC() throws {
    try makeImageNetC([.fog])
    let text = """
      version: 1
      name: wrong
      models: [squeezenet1_1]
      datasets: [{ name: c, path: c }]
      conditions: [canonical, raw]
      weights: "\(Repository.path("Experiments/sample"))"

      """
    try folder.add("wrong.yaml", Data(text.utf8))
    expectFailure(
      try Command.run(["run", "wrong.yaml", "--database", "r.sqlite"], in: folder),
      "has no canonical images", afterProgress: true)
    try FileManager.default.removeItem(atPath: folder.file("c/fog/2"))
    expectFailure(try Command.run(arguments(), in: folder), "c/fog: lacks the severity 2")
  }
}
