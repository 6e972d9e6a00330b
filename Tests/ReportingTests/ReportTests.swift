import Evaluation
import Foundation
import Reporting
import Support
import Testing
import Tracking

/// A store with cells whose numbers are known.
final class Scenario: Sendable {
  let folder: String
  let store: Store
  let run: Int64

  static let experiment = Experiment(
    name: "mine", title: "Mine | yours", description: "Four images.", models: ["squeezenet1_1"],
    datasets: [.init(name: "photos", path: "/lab/photos")],
    conditions: [.canonical, .distorted, .corrected], seed: 3, draws: 2,
    published: .init(
      source: "Somebody 2020, Table 1",
      rows: [
        .init(
          model: "squeezenet1_1", dataset: "photos",
          top1: ["canonical": 58.18, "distorted": 42.66, "corrected": 51.56])
      ]),
    digest: String(repeating: "e", count: 64), file: "/lab/mine.yaml")

  init() throws {
    folder = NSTemporaryDirectory() + "/realitygap-reporting-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    store = try Store(path: "\(folder)/results.sqlite")
    run = try store.startRun(
      NewRun(
        kind: .evaluate, name: "mine", configuration: "{}",
        command: "realitygap run mine.yaml --draws 2", versions: ["realitygap": "0.1"],
        commit: "abcdef"))
    try store.register(
      weights: WeightsRecord(
        sha256: "w1", architecture: "squeezenet1_1", path: "/lab/w.h5", source: "torchvision"))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Stores a finished cell of four images; `outcomes` holds the label's rank of each image and
  /// draw, or `nil` where it failed.
  func add(_ condition: Condition, _ outcomes: [[Int?]]) throws {
    let items = try store.register(
      dataset: DatasetRecord(
        fingerprint: "f1", name: "photos", kind: "labelled-folder", path: "/lab/photos",
        items: ["a.jpg", "b.jpg", "c.jpg", "d.jpg"].map { .init(name: $0, label: 1) }))
    let isDrawn = condition != .canonical
    let id = try store.beginEvaluation(
      NewEvaluation(
        identity: CellIdentity(
          model: "squeezenet1_1", weights: "w1", dataset: "f1", condition: condition.rawValue,
          view: isDrawn ? "distorted" : "canonical", distortion: isDrawn ? "paper" : nil,
          corrector: condition == .corrected ? "g1" : nil, seed: isDrawn ? 3 : nil,
          draws: isDrawn ? 2 : 1, engine: "openblas", precision: "float32"),
        experiment: "mine", experimentDigest: "e", datasetName: "photos",
        correctorPath: condition == .corrected ? "/lab/g.h5" : nil, expected: isDrawn ? 8 : 4,
        engineVersion: "OpenBLAS 0.3.21", threads: 2), run: run)
    var records: [PredictionRecord] = []
    for (item, draws) in zip(items, outcomes) {
      for (draw, rank) in draws.enumerated() {
        records.append(
          PredictionRecord(
            evaluation: id, item: item, draw: draw,
            outcome: rank.map {
              .predicted(
                Prediction(predicted: 0, labelRank: $0, probability: 0.5, labelProbability: 0.1))
            } ?? .failed(reason: "not a JPEG file")))
      }
    }
    try store.record(records)
    try store.finishEvaluations([id])
  }

  func report() throws -> Table1Report {
    Table1Report(
      try ExperimentResults(experiment: Self.experiment, store: store), workingFolder: "/lab")
  }
}

@Suite("Reports")
struct ReportTests {
  private func line(_ text: String, _ prefix: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix(prefix) }.map(String.init)
  }

  @Test("the table has top-1, intervals, improvement and the share of the drop recovered")
  func table() throws {
    let scenario = try Scenario()
    try scenario.add(.canonical, [[0], [0], [0], [4]])
    try scenario.add(.distorted, [[0, 0], [7, 7], [7, 7], [7, 7]])
    try scenario.add(.corrected, [[0, 0], [0, 7], [7, 7], [7, 7]])
    let markdown = try scenario.report().markdown
    // Wilson of 3/4 and 1/4 (clustered: two equal draws add nothing), 3 of 8 right.
    #expect(markdown.hasPrefix("# Mine | yours\n\nFour images.\n"))
    let row = try #require(line(markdown, "| SqueezeNet 1.1 | 4 |"))
    #expect(row.contains("| 75.00 (30.06–95.44) | 25.00 (4.56–69.94) | 37.50 ("))
    #expect(row.hasSuffix("| +12.50 (−30.65 to +47.51) | 25 % |"))
  }

  @Test("ours stands beside the published number with difference and verdict")
  func published() throws {
    let scenario = try Scenario()
    try scenario.add(.canonical, [[0], [0], [0], [4]])
    try scenario.add(.distorted, [[7, 7], [7, 7], [7, 7], [7, 7]])
    try scenario.add(.corrected, [[0, 0], [0, 0], [0, 0], [0, 0]])
    let markdown = try scenario.report().markdown
    #expect(
      markdown.contains(
        "| SqueezeNet 1.1 | canonical | 75.00 | 30.06–95.44 | 58.18 | +16.82 | yes |"))
    #expect(
      markdown.contains("| SqueezeNet 1.1 | distorted | 0.00 | 0.00–48.99 | 42.66 | −42.66 | yes |")
    )
    #expect(
      markdown.contains(
        "| SqueezeNet 1.1 | corrected | 100.00 | 51.01–100.00 | 51.56 | +48.44 | yes |"))
    #expect(
      markdown.contains(
        "| SqueezeNet 1.1 | improvement | +100.00 | +30.72 to +100.00 | +8.90 | +91.10 | no |"))
    #expect(markdown.contains("Somebody 2020, Table 1"))
  }

  @Test("each improvement has its interval, counts, p and the p corrected by Holm, in plain words")
  func differences() throws {
    let scenario = try Scenario()
    try scenario.add(.distorted, [[0, 0], [7, 7], [7, 7], [7, 7]])
    try scenario.add(.corrected, [[0, 0], [0, 7], [0, 0], [7, 7]])
    let report = try scenario.report()
    let row = try #require(line(report.markdown, "| SqueezeNet 1.1 | 4 | +37.50 |"))
    // Gains of 1 and 2 draws: of the four ways of signs two are as far from 0 as +3.
    #expect(row.hasSuffix(" | 2 | 0 | 3 | 0 | 0.500 | 0.500 | 48 % |"))
    for text in [report.markdown, report.text] {
      #expect(text.contains("p (Holm)") && text.contains("exact permutation test"))
      #expect(text.contains("Newcombe's method 10"))
    }
  }

  @Test("a missing corrector is said, in the table and in the comparison")
  func noCorrector() throws {
    let scenario = try Scenario()
    try scenario.add(.canonical, [[0], [0], [0], [4]])
    try scenario.add(.distorted, [[0, 0], [0, 7], [7, 7], [7, 7]])
    let report = try scenario.report()
    let row = try #require(line(report.markdown, "| SqueezeNet 1.1 | 4 |"))
    #expect(row.hasSuffix("| no corrector given | – | – |"))
    #expect(
      report.markdown.contains("| corrected | – | no corrector given | 51.56 | – | – |"))
    #expect(report.text.contains("no corrector given"))
  }

  @Test("images that failed are counted, named and left out of the total")
  func failed() throws {
    let scenario = try Scenario()
    try scenario.add(.canonical, [[0], [nil], [0], [4]])
    try scenario.add(.distorted, [[0, 0], [nil, nil], [7, 7], [7, 7]])
    let markdown = try scenario.report().markdown
    #expect(try #require(line(markdown, "| SqueezeNet 1.1 | 3 |")).contains("66.67"))
    #expect(markdown.contains("- photos: 1 of 4 images could not be used and are not counted"))
    #expect(markdown.contains("  - `b.jpg`: not a JPEG file"))
  }

  @Test("the birth certificate names every file by its digest, and the command")
  func provenance() throws {
    let scenario = try Scenario()
    try scenario.add(.canonical, [[0], [0], [0], [4]])
    try scenario.add(.distorted, [[0, 0], [0, 7], [7, 7], [7, 7]])
    try scenario.add(.corrected, [[0, 0], [0, 7], [7, 7], [7, 7]])
    let markdown = try scenario.report().markdown
    #expect(markdown.contains("| experiment mine | mine.yaml | `eeeeeeee"))
    #expect(markdown.contains("| weights squeezenet1_1 | w.h5 (torchvision) | `w1` |"))
    #expect(
      markdown.contains(
        "| dataset photos | photos (labelled-folder, 4 images) | `f1` (fingerprint)"))
    #expect(markdown.contains("| corrector | g.h5 | `g1` |"))
    #expect(markdown.contains("| seed | 3 |") && markdown.contains("| commit | abcdef |"))
    #expect(markdown.contains("| engine | openblas (OpenBLAS 0.3.21) |"))
    #expect(markdown.contains("```sh\nrealitygap run mine.yaml --draws 2\n```"))
    #expect(try scenario.report().markdown == markdown)
  }

  @Test("nothing computed yet still makes a table")
  func empty() throws {
    let scenario = try Scenario()
    let row = try #require(line(try scenario.report().markdown, "| SqueezeNet 1.1 |"))
    #expect(
      row == "| SqueezeNet 1.1 | – | not computed | not computed | no corrector given | – | – |")
  }

  @Test("the file is named after the experiment and remembered by the run")
  func written() throws {
    let scenario = try Scenario()
    try scenario.add(.canonical, [[0], [0], [0], [4]])
    let results = try ExperimentResults(experiment: Scenario.experiment, store: scenario.store)
    let written = try ReportWriter.write(
      results, to: "\(scenario.folder)/Reports", store: scenario.store, run: scenario.run)
    #expect(written.path.hasSuffix("/Reports/mine.md"))
    let artifact = try #require(try scenario.store.artifacts(run: scenario.run).first)
    #expect(try FileDigest.sha256(path: written.path) == artifact.sha256)
    #expect(written.text.contains("75.00 (30.06–95.44)"))
  }
}
