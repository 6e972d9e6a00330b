import Datasets
import Evaluation
import Foundation
import Imaging
import Support
import Testing
import Tracking

/// A folder of two photos, a cell of distorted images that was evaluated on them, and its store.
private final class Darkroom {
  let folder: String
  let store: Store
  static let names = ["a.jpg", "b.jpg"]

  init() throws {
    folder = NSTemporaryDirectory() + "/realitygap-replay-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: "\(folder)/photos", withIntermediateDirectories: true)
    store = try Store(path: "\(folder)/r.sqlite")
    for (index, name) in Self.names.enumerated() { try write(name, shade: UInt8(60 + 90 * index)) }
    try "file,label\na.jpg,1\nb.jpg,2\n".write(
      toFile: "\(folder)/photos/labels.csv", atomically: true, encoding: .utf8)
    try distortion("rotation: [5, 9]")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var file: String { "\(folder)/mine.yaml" }

  func distortion(_ text: String) throws {
    try "version: 1\n\(text)\n".write(toFile: file, atomically: true, encoding: .utf8)
  }

  func write(_ name: String, shade: UInt8) throws {
    var photo = RGBImage(width: 300, height: 280, filledWith: shade)
    for index in 0..<20_000 { photo.pixels[index * 3] = UInt8(truncatingIfNeeded: index / 7) }
    try Data(JPEG.encode(photo, quality: 90)).write(
      to: URL(fileURLWithPath: "\(folder)/photos/\(name)"))
  }

  /// Evaluates the photos under the distortion of the folder's file.
  func evaluate() throws -> EvaluationRecord {
    let text = """
      version: 1
      name: mine
      models: [vgg11]
      datasets: [{name: photos, path: photos}]
      conditions: [canonical, distorted]
      distortion: mine.yaml
      draws: 2
      seed: 4
      """
    let experiment = try Experiment(yaml: text, file: "\(folder)/e.yaml")
    let laboratory = Laboratory()
    var runner = try laboratory.runner(FakeSource(count: 2), experiment: experiment, correctors: [])
    var providers = runner.providers
    providers.source = { dataset, experiment in
      DatasetSource(
        try LabelledDataset(
          name: dataset.name, path: dataset.path ?? "",
          // As many as the network has.
          classes: ClassList(ids: (0..<10).map { "class \($0)" }, title: "ten")),
        distortion: try experiment.makeDistortion(), seed: experiment.seed, threads: 1)
    }
    runner = ExperimentRunner(
      experiment: experiment, store: store, providers: providers, environment: runner.environment)
    _ = try runner.run()
    return try #require(
      try store.evaluations(experiment: "mine").first { $0.condition == .distorted })
  }

  func examples(_ cell: EvaluationRecord) throws -> [Example] {
    try ExampleMaker(cell, store: store, corrector: nil)(
      Self.names.map { .init(item: $0, draw: 1) })
  }

  /// Takes the definition away, as if an older version of the program had evaluated.
  func forgetDefinitions() throws {
    try SQL.run("DELETE FROM distortions", in: store.path)
  }
}

@Suite("Replays")
struct ReplayTests {
  private let room: Darkroom

  init() throws { room = try Darkroom() }

  private func message(_ body: () throws -> some Any) -> String {
    let error = #expect(throws: UserError.self) { try body() }
    return error?.description ?? ""
  }

  @Test("a distortion of one's own is drawn again when its file is gone, pixel for pixel")
  func ownDistortion() throws {
    let cell = try room.evaluate()
    let own = try Distortion.named(room.file)
    #expect(cell.distortion == own.identity && own.identity.hasPrefix("mine@"))
    try FileManager.default.removeItem(atPath: room.file)
    let examples = try room.examples(cell)
    for example in examples {
      let photo = try RGBImage(path: "\(room.folder)/photos/\(example.address.item)")
      let distorted = try own.draw(seed: 4, item: example.address.item, draw: 1)
        .apply(to: CanonicalTransform.center256(photo))
      #expect(example.uncorrected == distorted.centerCropped(width: 224, height: 224))
      #expect(example.uncorrected != example.canonical)
    }
    let replay = try #require(try DistortionDraws(cell, store: room.store))
    let drawn = replay.drawn(item: "a.jpg", draw: 0) as? DistortionParameters
    #expect(drawn.map { $0.rotation >= 5 } == true)
  }

  @Test("a distortion that is not known is an error, and no undistorted picture")
  func unknownDistortion() throws {
    let cell = try room.evaluate()
    try room.forgetDefinitions()
    // An older version stored the name alone: the file stands in for it while it is the same.
    #expect(try room.examples(cell).count == 2)
    try room.distortion("rotation: [5, 10]")
    #expect(message { try room.examples(cell) }.contains("mine.yaml: has changed"))
    try FileManager.default.removeItem(atPath: room.file)
    #expect(message { try room.examples(cell) }.contains("mine.yaml: cannot be read"))
    try SQL.run("UPDATE runs SET configuration = '{}'", in: room.store.path)
    #expect(message { try room.examples(cell) }.contains("is not stored in"))
    // Imported predictions need not say what was done to their images.
    try SQL.run("UPDATE evaluations SET seed = NULL", in: room.store.path)
    let silent = try #require(try room.store.evaluationRecords(id: cell.id).first)
    #expect(message { try room.examples(silent) }.contains("does not record how its images"))
    #expect(
      message { try DistortionDraws(silent, store: room.store) }.contains("--distortion and --seed")
    )
  }

  @Test("what was not distorted has no replay, and its picture is the photo")
  func undistorted() throws {
    _ = try room.evaluate()
    let cell = try #require(
      try room.store.evaluations(experiment: "mine").first { $0.condition == .canonical })
    let replay = try DistortionDraws(cell, store: room.store)
    #expect(replay == nil)
    #expect(try room.examples(cell).allSatisfy { $0.uncorrected == $0.canonical })
  }

  @Test("a photo that is as large as the evaluated one and another is not shown in its place")
  func changedPhoto() throws {
    let cell = try room.evaluate()
    let path = "\(room.folder)/photos/a.jpg"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    // Within the picture's data: another picture, and the same size.
    bytes[bytes.count / 2] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: path))
    #expect(
      message { try room.examples(cell) }.contains("a.jpg: has changed since it was evaluated"))
    #expect(
      try ExampleMaker(cell, store: room.store, corrector: nil)([.init(item: "b.jpg", draw: 0)])
        .count
        == 1)
    // Nor is it evaluated under the name of the other one.
    try SQL.run("DELETE FROM prediction_rows", in: room.store.path)
    try SQL.run("UPDATE evaluations SET status = 'unfinished'", in: room.store.path)
    #expect(message { try room.evaluate() }.contains("not the image that was evaluated before"))
    let strange = message {
      try ExampleMaker(cell, store: room.store, corrector: nil)([.init(item: "z", draw: 0)])
    }
    #expect(strange.contains("z: not one of the images"))
  }
}
