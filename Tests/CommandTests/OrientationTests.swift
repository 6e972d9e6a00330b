import Foundation
import Imaging
import Testing

/// The same photograph three times: stored upright, stored lying with an EXIF orientation that turns
/// it upright, and stored lying without one.
@Suite("An EXIF orientation is honoured alike by every command")
struct OrientationTests {
  let folder: TemporaryFolder
  private let corrector = Repository.path("Experiments/sample/corrector.h5")

  init() throws {
    folder = try TemporaryFolder()
    let exif =
      Array("Exif\0\0MM".utf8) + [0, 42, 0, 0, 0, 8]
      + [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
    let file = try Repository.bytes("Experiments/sample/images/imagenet_00_243.jpg")
    let turned = file.prefix(2) + [0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif + file.dropFirst(2)
    let image = try ImageFile(Array(turned), name: "turned")
    try folder.add("turned/a.jpg", turned)
    // PNG under the same name, as draws are addressed by it: every pixel is kept.
    for (name, isUpright) in [("upright", true), ("lying", false)] {
      try folder.add("\(name)/a.jpg", try image.decode(upright: isUpright).image.encoded(as: .png))
    }
    #expect(try folder.bytes("upright/a.jpg") != folder.bytes("lying/a.jpg"))
  }

  /// What a command makes of each of the three: the first two are the same, the third is another.
  private func expectSame(
    _ what: (_ set: String) throws -> some Equatable,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let upright = try what("upright")
    #expect(try what("turned") == upright, sourceLocation: location)
    #expect(try what("lying") != upright, sourceLocation: location)
  }

  private func run(_ arguments: [String]) throws -> Output {
    let output = try Command.run(arguments, in: folder)
    expectSuccess(output)
    return output
  }

  @Test(
    "correct, canonical and distort", .enabled(if: ImageFormat.png.isAvailable),
    arguments: [["correct"], ["canonical"], ["distort", "--seed", "3"]])
  func singleImages(command: [String]) throws {
    let options = command == ["correct"] ? ["--corrector", corrector] : []
    try expectSame { set in
      _ = try run(command + ["\(set)/a.jpg", "--output", "\(set).ppm"] + options)
      return try folder.bytes("\(set).ppm")
    }
  }

  @Test("evaluation and classify", .enabled(if: ImageFormat.png.isAvailable))
  func evaluation() throws {
    try expectSame { set in
      try folder.add("\(set)/labels.csv", "file,label\na.jpg,243\n")
      _ = try run(
        Sample.arguments(
          ["--draws", "1", "--data", "sample=\(set)", "--corrector", corrector],
          database: "\(set).sqlite"))
      return try Sample.rows(folder, "\(set).sqlite").filter { $0.count == 8 && $0[1] == "a.jpg" }
    }
    try expectSame { set in
      try run(["classify", "\(set)/a.jpg", "--weights", Repository.weights]).lines.dropFirst()
    }
  }

  @Test("agreement", .enabled(if: ImageFormat.png.isAvailable))
  func agreement() throws {
    try expectSame { set in
      try run(
        ["agreement", "--images", set, "--draws", "1", "--weights", Repository.weights, "--json"]
      ).text
    }
  }

  @Test("training and validation", .enabled(if: ImageFormat.png.isAvailable))
  func training() throws {
    try folder.add(
      "tiny.yaml",
      """
      version: 1
      name: tiny
      corrector:
        stages: [color]
        color: { view: 8, widths: [2], hidden: 4, summary: pool }
      phases:
        - { name: look, learn: [color], steps: 2, batch: 2, learning_rate: 1.0e-3, losses: { mse: 1 } }
      """)
    func train(_ set: String, validation: String, name: String) throws -> [[String]] {
      _ = try run([
        "train", "tiny.yaml", "--images", set, "--validation", validation, "--output", name,
        "--database", "\(name).sqlite", "--threads", "1",
      ])
      return try folder.rows(
        "\(name).sqlite",
        "SELECT step, name, value FROM metrics WHERE name NOT LIKE '%per_second' ORDER BY step, name"
      )
    }
    try expectSame { set in
      let metrics = try train(set, validation: "upright", name: "train-\(set)")
      #expect(metrics.contains { $0[1] == "train/mse" })
      return metrics
    }
    try expectSame { set in
      let metrics = try train("upright", validation: set, name: "validate-\(set)")
      #expect(metrics.contains { $0[1] == "validation/corrected/mse" })
      return metrics
    }
  }
}
