import Foundation
import Support
import Testing
import WeightFiles

/// A network of six of ImageNet's classes, made of the sample's: it must say what that one says among
/// these six.
@Suite("Networks and sets of other classes than ImageNet's")
struct OtherClassesCommandTests {
  private let folder: TemporaryFolder
  /// Photos and their classes.
  private let photos: [(path: String, label: Int)]
  private var labels: [Int] { photos.map(\.label) }

  init() throws {
    folder = try TemporaryFolder()
    photos = try Repository.photos().prefix(6).map { path in
      let digits = path.split(separator: "_").last?.split(separator: ".").first
      return (path, try #require(digits.flatMap { Int($0) }))
    }
    try #require(Set(photos.map(\.label)).count == 6)
    var weights = try StateDict.load(Repository.weights)
    for name in ["classifier.1.weight", "classifier.1.bias"] {
      let tensor = try #require(weights[name])
      let row = tensor.count / 1000
      let rows = labels.flatMap { Array(tensor.elements[$0 * row..<($0 + 1) * row]) }
      weights[name] = .init(rows, shape: [6] + tensor.shape.dropFirst())
    }
    try FileManager.default.createDirectory(
      atPath: folder.file("w"), withIntermediateDirectories: true)
    try weights.write(folder.file("w/squeezenet1_1.h5"))
    try folder.add("classes.txt", (0..<6).map { "thing \($0)" }.joined(separator: "\n"))
    for (index, photo) in photos.enumerated() {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: photo.path))
      try folder.add("set/thing \(index)/a.jpg", bytes)
      try folder.add("masked/images/\(photo.label)/a.jpg", bytes)
    }
    try folder.add(
      "masked/set.yaml", "version: 1\nimages: images\nfolders: index\nclasses: present\n")
  }

  private func run(_ data: String, _ database: String, _ options: [String]) throws -> Output {
    try Sample.run(
      ["--draws", "2", "--data", "sample=\(data)"] + options, in: folder,
      database: database)
  }

  @Test("are evaluated as a network of all classes is among these")
  func evaluated() throws {
    expectSuccess(try run("set", "r.sqlite", ["--weights", "w", "--classes", "classes.txt"]))
    expectSuccess(try run("masked/set.yaml", "m.sqlite", []))
    let query = """
      SELECT i.label, p.draw, p.predicted, p.label_rank, round(p.probability, 3)
      FROM prediction_rows p JOIN items i ON i.id = p.item_id
      JOIN evaluations e ON e.id = p.evaluation_id
      WHERE e.condition = 'canonical' ORDER BY e.id, i.label, p.draw
      """
    let ours = try folder.rows("r.sqlite", query).map { row in
      // Indices of the list as ImageNet's.
      [0, 2].reduce(into: row) { $0[$1] = "\(labels[Int($0[$1]) ?? 0])" }
    }.sorted { $0[0] < $1[0] }
    let theirs = try folder.rows("m.sqlite", query).sorted { $0[0] < $1[0] }
    #expect(ours.count == 6)
    #expect(ours.map { Array($0.prefix(4)) } == theirs.map { Array($0.prefix(4)) })
    expectSuccess(
      try Command.run(["database", "check", "--database", "r.sqlite"], in: folder))
    let report = try String(decoding: folder.bytes("reports/sample.md"), as: UTF8.self)
    #expect(!report.isEmpty)
  }

  @Test("are named as the list has them")
  func named() throws {
    let output = try Command.run(
      [
        "classify", photos[2].path, "--weights", "w/squeezenet1_1.h5", "--classes", "classes.txt",
        "--json",
      ], in: folder)
    expectSuccess(output)
    #expect(output.text.contains(#""name":"thing "#) && !output.text.contains("wnid"))
  }

  @Test("a network of as many classes as are not there is one line that says how to name them")
  func contradictions() throws {
    let without = try run("masked/set.yaml", "r.sqlite", ["--weights", "w"])
    expectFailure(
      without, "squeezenet1_1: has 6 classes, but sample is labelled by the 1000 of ImageNet-1k",
      "--classes", afterProgress: true)
    let other = try run("set", "r.sqlite", ["--classes", "classes.txt"])
    expectFailure(
      other, "has 1000 classes, but sample is labelled by the 6 of", afterProgress: true)
    expectFailure(
      try Command.run(
        ["classify", photos[0].path, "--weights", "w/squeezenet1_1.h5"], in: folder),
      "w/squeezenet1_1.h5: has 6 classes", "--classes")
    expectFailure(
      try run("set", "r.sqlite", ["--weights", "w", "--classes", "none.txt"]), "none.txt",
      afterProgress: true)
    expectFailure(
      try run("set", "r.sqlite", ["--weights", "w", "--classes", "none.txt", "--dry-run"]),
      "none.txt", afterProgress: true)
  }
}
