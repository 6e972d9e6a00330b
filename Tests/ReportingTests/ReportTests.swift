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

  init(_ configuration: EvaluationConfiguration? = nil) throws {
    folder = NSTemporaryDirectory() + "/realitygap-reporting-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    store = try Store(path: "\(folder)/results.sqlite")
    run = try store.startRun(
      NewRun(
        kind: .evaluate, name: "mine", configuration: try configuration?.json() ?? "{}",
        command: "realitygap run mine.yaml --draws 2", versions: ["realitygap": "0.1"],
        commit: "abcdef"))
    try store.register(
      weights: WeightsRecord(
        sha256: "w1", architecture: "squeezenet1_1", path: "/lab/w.h5", source: "torchvision"))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Stores a finished cell of four images; `outcomes` holds the label's rank of each image and
  /// draw, or `nil` where it failed.
  func add(
    _ condition: Condition, _ outcomes: [[Int?]], dataset: String = "photos",
    corrector: String = "g1", isRaw: Bool = false
  ) throws {
    let fingerprint = dataset == "photos" ? "f1" : "f-\(dataset)"
    let items = try store.register(
      dataset: DatasetRecord(
        fingerprint: fingerprint, name: dataset, kind: "labelled-folder", path: "/lab/photos",
        items: ["a.jpg", "b.jpg", "c.jpg", "d.jpg"].map { .init(name: $0, label: 1) }))
    let isDrawn = condition != .canonical && !isRaw
    let view: ImageView = isRaw ? .raw : isDrawn ? .distorted : .canonical
    let id = try store.beginEvaluation(
      NewEvaluation(
        identity: CellIdentity(
          model: "squeezenet1_1", weights: "w1", dataset: fingerprint,
          condition: condition,
          view: view, distortion: isDrawn ? "paper" : nil,
          corrector: condition == .corrected ? corrector : nil, seed: isDrawn ? 3 : nil,
          draws: isDrawn ? 2 : 1, engine: "openblas", precision: "float32"),
        experiment: "mine", experimentDigest: "e", datasetName: dataset,
        correctorPath: condition == .corrected
          ? "/lab/\(corrector == "g1" ? "g" : corrector).h5" : nil, expected: isDrawn ? 8 : 4,
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

  func report() throws -> ExperimentReport {
    ExperimentReport(
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
    #expect(
      markdown.hasPrefix(
        """
        # Mine | yours: SqueezeNet 1.1 on 4 images of photos, canonical, distorted and corrected

        Four images.

        Measured on 4 images of photos. Distorted images: 2 draws of each by the distortion paper with \
        seed 3.

        """))
    let row = try #require(line(markdown, "| SqueezeNet 1.1 | 4 |"))
    #expect(row.contains("| 75.00 (30.06–95.44) | 25.00 (4.56–69.94) | 37.50 ("))
    #expect(row.hasSuffix("| +12.50 (−30.65 to +47.51) | 25 % |"))
    // Rank 4 is among the five best, rank 7 is not.
    #expect(markdown.contains("| top-5 % | images | canonical | distorted | corrected |"))
    #expect(markdown.contains("| SqueezeNet 1.1 | 4 | 100.00 (51.01–100.00) | 25.00 ("))
  }

  @Test("titles and captions are made from the data, whatever the experiment's file calls them")
  func titles() throws {
    var experiment = Scenario.experiment
    experiment.title = "Mine"
    experiment.models = ["squeezenet1_1", "vgg11"]
    experiment.limit = 4
    let scenario = try Scenario()
    func title() throws -> String {
      try ExperimentReport(
        ExperimentResults(experiment: experiment, store: scenario.store), workingFolder: "/lab"
      ).markdown.components(separatedBy: "\n")[0]
    }
    #expect(
      try title()
        == "# Mine: SqueezeNet 1.1 and VGG11 on photos, canonical, distorted and corrected")
    try scenario.add(.canonical, [[0], [0], [0], [4]])
    #expect(try title() == "# Mine: SqueezeNet 1.1 on 4 images of photos, canonical")
    let results = try ExperimentResults(experiment: experiment, store: scenario.store)
    let report = ExperimentReport(results, workingFolder: "/lab")
    #expect(try report.markdown.contains("4 images of photos (at most 4 of each set: --limit)."))
    let bundle = try ExperimentPage(results, store: scenario.store, workingFolder: "/lab") { _ in
      throw UserError("none")
    }.bundle(command: "c", stem: "mine", templates: try ReportTemplates())
    let table = try #require(bundle.tables.first)
    #expect(
      table.text(.latex, label: "x").contains(
        "\\caption{Mine: SqueezeNet 1.1 on 4 images of photos, canonical}"))
    // The files that ship say nothing of data that --data may replace.
    for name in ["sample", "table1", "table2"] {
      let file = try Experiment(file: Self.repository("Experiments/\(name).yaml"))
      for word in ["ImageNet", "torchvision", "20", "wenty", "hotograph of", "SqueezeNet"] {
        #expect(!(file.title + file.description).contains(word), "\(name): \(word)")
      }
    }
  }

  @Test("what the runs found in the data stands in the report, and in the long one")
  func dataNotes() throws {
    let scenario = try Scenario()
    try scenario.add(.canonical, [[0], [0], [0], [4]])
    #expect(!(try scenario.report().markdown.contains("Notes on the data")))
    try scenario.store.record(
      notes: ["3 of the 50000 validation images are there", "left out: a*b_c.tif"],
      dataset: "photos", run: scenario.run)
    let lines =
      "## Notes on the data\n\n- photos: 3 of the 50000 validation images are there\n"
      + "- photos: left out: a\\*b_c.tif\n"
    #expect(try scenario.report().markdown.contains(lines))
    let results = try ExperimentResults(experiment: Scenario.experiment, store: scenario.store)
    let page = try ExperimentPage(
      results, store: scenario.store, loadCorrector: { throw UserError("no \($0)") }
    ).bundle(command: "report", stem: "mine", templates: try ReportTemplates())
    #expect(page.markdown.contains(lines))
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
    let row = try #require(line(try report.markdown, "| SqueezeNet 1.1 | 4 | +37.50 |"))
    // Gains of 1 and 2 draws: of the four ways of signs two are as far from 0 as +3.
    #expect(row.hasSuffix(" | 2 | 0 | 3 | 0 | 0.500 | 0.500 | 57 % |"))
    for text in [try report.markdown, report.text] {
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
    let row = try #require(line(try report.markdown, "| SqueezeNet 1.1 | 4 |"))
    #expect(row.hasSuffix("| no corrector given | – | – |"))
    #expect(
      try report.markdown.contains("| corrected | – | no corrector given | 51.56 | – | – |"))
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

  @Test("several correctors have a row each, and Holm's correction counts them all")
  func correctors() throws {
    let configuration = EvaluationConfiguration(
      experiment: Scenario.experiment, weights: ["squeezenet1_1": "w1"],
      datasets: ["photos": "f1"],
      correctors: [.init(name: "paper", digest: "g2"), .init(name: "print", digest: "g1")],
      simulated: [], engine: "openblas", precision: "float32", batchSize: 4)
    let scenario = try Scenario(configuration)
    try scenario.add(.canonical, [[0], [0], [0], [4]])
    try scenario.add(.distorted, [[0, 0], [7, 7], [7, 7], [7, 7]])
    try scenario.add(.corrected, [[0, 0], [0, 0], [0, 0], [0, 7]])
    try scenario.add(.corrected, [[0, 0], [0, 0], [0, 0], [7, 7]], corrector: "g2")
    let report = ExperimentReport(
      try ExperimentResults(configuration: configuration, store: scenario.store),
      workingFolder: "/lab")
    let markdown = try report.markdown
    #expect(markdown.contains("| SqueezeNet 1.1, paper | 4 | 75.00 (30.06–95.44) | 25.00 ("))
    #expect(markdown.contains("| SqueezeNet 1.1, print | 4 | 75.00 (30.06–95.44) | 25.00 ("))
    let paper = try #require(line(markdown, "| SqueezeNet 1.1, paper | 4 | +50.00 |"))
    #expect(paper.hasSuffix(" | 2 | 0 | 4 | 0 | 0.500 | 0.500 | 57 % |"), "\(paper)")
    let other = try #require(line(markdown, "| SqueezeNet 1.1, print | 4 | +62.50 |"))
    #expect(other.hasSuffix(" | 3 | 0 | 5 | 0 | 0.250 | 0.500 | 57 % |"), "\(other)")
    #expect(markdown.contains("Among 2 comparisons"))
    #expect(markdown.contains("| corrector paper | g2.h5 | `g2` |"))
    #expect(markdown.contains("| corrector print | g.h5 | `g1` |"))
    // What is not corrected stands beside the published number once.
    #expect(markdown.components(separatedBy: " | canonical | 75.00 |").count == 2)
  }

  @Test("Table 2 sets the prints beside each other, and says in its title if they are simulated")
  func table2() throws {
    var experiment = Scenario.experiment
    experiment.title = "Table 2: prints"
    experiment.datasets = [.init(name: "small"), .init(name: "large")]
    experiment.conditions = [.raw, .corrected]
    experiment.report = "table2"
    experiment.published = nil
    for simulated in [[], ["large"], ["small", "large"]] {
      let configuration = EvaluationConfiguration(
        experiment: experiment, weights: ["squeezenet1_1": "w1"],
        datasets: ["small": "f-small", "large": "f-large"], correctors: [.init(digest: "g1")],
        simulated: simulated, engine: "openblas", precision: "float32", batchSize: 4)
      let scenario = try Scenario(configuration)
      for (name, rank) in [("small", 7), ("large", 0)] {
        try scenario.add(.raw, [[0], [7], [7], [rank]], dataset: name, isRaw: true)
        try scenario.add(.corrected, [[0], [0], [7], [7]], dataset: name, isRaw: true)
      }
      let report = ExperimentReport(
        try ExperimentResults(configuration: configuration, store: scenario.store),
        workingFolder: "/lab")
      let markdown = try report.markdown
      let mark = ["", " (partly simulated prints)", " (simulated prints)"][simulated.count]
      let title =
        "Table 2\(mark): prints, SqueezeNet 1.1 on 4 images of small and 4 of large, raw and corrected"
      #expect(markdown.hasPrefix("# \(title)\n"))
      #expect(report.text.hasPrefix("\(title)\n"))
      #expect(
        markdown.contains("large was printed or photographed") == !simulated.isEmpty)
      #expect(
        markdown.contains("4 simulated images of small") == simulated.contains("small"))
      #expect(
        markdown.contains(
          "| top-1 % | small images | small raw | small corrected | difference | large images "
            + "| large raw | large corrected | difference |"))
      let row = try #require(line(markdown, "| SqueezeNet 1.1 | 4 | 25.00 (4.56–69.94) |"))
      #expect(row.contains(" | 4 | 50.00 (15.00–85.00) | 50.00 (15.00–85.00) | 0.00 ("))
      #expect(
        try #require(line(markdown, "| SqueezeNet 1.1, small | 4 | +25.00 |"))
          .hasSuffix("| 1 | 0 | 1.000 | 1.000 |"))
      #expect(
        try #require(line(markdown, "| SqueezeNet 1.1, large | 4 | 0.00 |"))
          .hasSuffix("| 1 | 1 | 1.000 | 1.000 |"))
      #expect(markdown.contains("McNemar's exact test"))
      // Made again from what is stored, it is the same.
      #expect(
        try ExperimentReport(
          ExperimentResults(configuration: configuration, store: scenario.store),
          workingFolder: "/lab"
        ).markdown == markdown)
    }
  }

  @Test("published numbers are judged with every pairing that their totals allow")
  func paper() throws {
    let tables = try PublishedTables(file: Self.repository("Experiments/paper-tables.yaml"))
    let report = PaperReport(tables, workingFolder: Self.repository(""))
    let markdown = report.markdown
    for row in [
      "| ResNet50 | 50,000 | 76.13 (75.75–76.50) | 67.55 (67.14–67.96) | 71.26 (70.86–71.66) |",
      "| ResNet50, printed-1.5in | 400 | 42.5 (37.75–47.39) | 46.3 (41.42–51.15) |",
      "| ResNet50, printed-5in | +1.6 | −6.09 to +9.39 | 0.675 | 1.000 | 0.063 | 0.063 | 0.792 "
        + "| 1.000 | no, under any pairing |",
      "| ResNet50, printed-1.5in | 400 | 15 | 185 | 170 | 18 | 207 | 2,757 |",
      "| VGG11, printed-5in | raw | 48.3 | 300 | 145 | yes |",
      "| ResNet50 | canonical | 76.13 | 50,000 | 38,063 to 38,067 | yes |",
    ] { #expect(markdown.contains(row), "\(row)") }
    #expect(markdown.contains("0 of 6 improvements under any pairing of the images"))
    #expect(markdown.contains("| published numbers of table2 | Experiments/table2.yaml |"))
    #expect(report.text.contains("only if few images broke"))
    let shipped = try String(
      contentsOfFile: Self.repository("Reports/paper.md"), encoding: .utf8)
    #expect(shipped == markdown, "make it again with `realitygap reproduce paper-tables`")
  }

  @Test("a published percentage that no count gives is flagged")
  func impossible() throws {
    let scenario = try Scenario()
    func write(_ name: String, _ lines: [String]) throws -> String {
      let path = "\(scenario.folder)/\(name)"
      try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
    _ = try write(
      "own.yaml",
      [
        "version: 1", "name: own", "models: [vgg11]", "datasets: [{name: prints}]",
        "conditions: [raw, corrected]", "published:", "  source: Me", "  images: {prints: 400}",
        "  decimals: 1", "  top1: [{model: vgg11, dataset: prints, raw: 42.5, corrected: 46.4}]",
      ])
    let file = try write(
      "tables.yaml",
      ["version: 1", "report: paper-tables", "name: mine", "experiments: [own.yaml]"])
    let markdown = PaperReport(try PublishedTables(file: file)).markdown
    #expect(markdown.contains("| VGG11 | raw | 42.5 | 400 | 170 | yes |"))
    #expect(markdown.contains("| VGG11 | corrected | 46.4 | 400 | nearest 186 | **no** |"))
    #expect(markdown.contains("1 of the printed percentages corresponds to no whole number of"))
  }

  private static func repository(_ name: String) -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
    return name.isEmpty ? root : "\(root)/\(name)"
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
