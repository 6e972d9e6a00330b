import Evaluation
import Foundation
import Support
import Testing

/// Reference values: `Scripts/goldens/intervals.py` (statsmodels, scipy).
@Suite("Published tables")
struct PublishedTests {
  private func isClose(_ value: Double, _ reference: Double) -> Bool {
    abs(value - reference) <= 1e-9 * abs(reference)
  }

  /// A printed percentage that comes from a count.
  private func proportion(_ count: Int, of size: Int) -> PublishedProportion {
    PublishedProportion(percent: 100 * Double(count) / Double(size), size: size, decimals: 1)
  }

  @Test(
    "a printed percentage is a count of its set, several, or none",
    arguments: [
      (42.5, 400, 1, 170...170), (48.3, 300, 1, 145...145), (46.3, 400, 1, 185...185),
      (29.3, 400, 1, 117...117), (62.3, 300, 1, 187...187), (76.13, 50000, 2, 38063...38067),
      (0, 20, 0, 0...0), (100, 20, 0, 20...20), (42.6, 400, 1, nil), (33.4, 3, 1, nil),
      (33.3, 3, 1, 1...1), (46.2, 400, 1, 185...185),
    ] as [(Double, Int, Int, ClosedRange<Int>?)])
  func counts(_ percent: Double, _ size: Int, _ decimals: Int, _ counts: ClosedRange<Int>?) {
    let proportion = PublishedProportion(percent: percent, size: size, decimals: decimals)
    #expect(proportion.counts == counts)
    if let counts { #expect(counts.contains(proportion.nearest)) }
  }

  @Test(
    "the two-proportion test equals statsmodels'",
    arguments: [
      (170, 400, 185, 400, 0.285774749830698), (182, 300, 187, 300, 0.674854642635107),
      (33775, 50000, 35630, 50000, 4.03610865320943e-37), (0, 20, 3, 10, 0.00982327450751925),
      (86, 400, 94, 400, 0.498194056584109), (0, 20, 0, 10, 1), (0, 0, 3, 10, 1),
    ] as [(Int, Int, Int, Int, Double)])
  func unpaired(_ a: Int, _ n: Int, _ b: Int, _ m: Int, _ reference: Double) {
    #expect(isClose(TwoProportionTest.p((a, n), (b, m)), reference))
  }

  @Test(
    "best and worst case over all pairings, and how many broken images p can bear",
    arguments: [
      (170, 185, 400, 18, 6.103515625e-05, 0.457503465670821),
      (86, 94, 400, 2, 0.0078125, 0.601968753015648),
      (182, 187, 300, nil, 0.0625, 0.792479884931289),
      (108, 114, 300, 0, 0.03125, 0.737274021378989),
    ] as [(Int, Int, Int, Int?, Double, Double)])
  func margins(
    _ before: Int, _ after: Int, _ size: Int, _ bearable: Int?, _ best: Double, _ worst: Double
  ) {
    let comparison = MarginComparison(
      before: proportion(before, of: size), after: proportion(after, of: size))
    #expect(comparison.favourable.broken == 0 && comparison.favourable.fixed == after - before)
    #expect(comparison.unfavourable.fixed - comparison.unfavourable.broken == after - before)
    #expect(comparison.loosest(below: 0.05)?.broken == bearable)
    #expect(isClose(comparison.favourable.p, best) && isClose(comparison.unfavourable.p, worst))
    // Turned round, a loss is judged as the gain was.
    let loss = MarginComparison(before: comparison.after, after: comparison.before)
    #expect(loss.favourable.p == comparison.favourable.p && loss.favourable.fixed == 0)
    #expect(isClose(loss.unfavourable.p, worst))
    #expect(isClose(loss.interval.lower, -comparison.interval.upper))
  }

  @Test(
    "the number of images for 80 % power is Connor's",
    arguments: [
      (170, 185, 400, 207, 2757), (106, 117, 400, 284, 4175), (182, 187, 300, 469, 13383),
      (33775, 35630, 50000, 210, 2424),
    ] as [(Int, Int, Int, Int, Int)])
  func power(_ before: Int, _ after: Int, _ size: Int, _ fewest: Int, _ independent: Int) {
    let comparison = MarginComparison(
      before: proportion(before, of: size), after: proportion(after, of: size))
    #expect(comparison.fewestImages == fewest && comparison.independentImages == independent)
  }

  @Test("no difference, none right and all right are defined")
  func degenerate() {
    for (before, after) in [(3, 3), (0, 0), (10, 10)] {
      let comparison = MarginComparison(
        before: proportion(before, of: 10), after: proportion(after, of: 10))
      #expect(comparison.favourable.p == 1 && comparison.unfavourable.p == 1)
      #expect(comparison.unpairedP == 1 && comparison.difference == 0)
      #expect(comparison.fewestImages == nil && comparison.independentImages == nil)
      #expect(comparison.loosest(below: 0.05) == nil)
    }
    let all = MarginComparison(before: proportion(0, of: 10), after: proportion(10, of: 10))
    #expect(all.favourable == all.unfavourable && all.favourable.fixed == 10)
    #expect(all.fewestImages == 4)
  }

  @Test("the paper's tables that ship are complete, and every number is a possible count")
  func shipped() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Experiments")
    let file = folder.appendingPathComponent("paper-tables.yaml").path
    #expect(try PublishedTables.describes(file: file))
    #expect(
      try !PublishedTables.describes(file: folder.appendingPathComponent("table1.yaml").path))
    let tables = try PublishedTables(file: file)
    #expect(tables.name == "paper" && tables.experiments.map(\.name) == ["table1", "table2"])
    for experiment in tables.experiments {
      for row in try #require(experiment.published).rows {
        for condition in experiment.conditions {
          let proportion = try #require(
            experiment.publishedProportion(
              model: row.model, dataset: row.dataset, condition: condition))
          #expect(proportion.counts != nil)
        }
      }
    }
  }

  @Test(
    "a file of published tables that is not understood is one line",
    arguments: [
      ("name: mine", "nmae: mine", "tables.yaml:3: unknown key nmae"),
      ("name: mine", "", "the key name is missing"),
      ("own.yaml", "none.yaml", "none.yaml: cannot be read"),
      ("report: paper-tables", "report: table1", "unknown report table1"),
      ("own.yaml", "plain.yaml", "plain.yaml has nothing published"),
      ("own.yaml", "sizeless.yaml", "published.images lacks photos"),
    ])
  func strict(_ original: String, _ replacement: String, _ message: String) throws {
    let folder = NSTemporaryDirectory() + "/realitygap-published-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func write(_ name: String, _ text: String) throws -> String {
      try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      return "\(folder)/\(name)"
    }
    let row = "top1: [{model: squeezenet1_1, dataset: photos, canonical: 50}]}"
    let published = "\npublished: {source: me, decimals: 1, "
    _ = try write("plain.yaml", ExperimentTests.minimal)
    _ = try write("sizeless.yaml", ExperimentTests.minimal + published + row)
    _ = try write("own.yaml", ExperimentTests.minimal + published + "images: {photos: 9}, " + row)
    let text = "version: 1\nreport: paper-tables\nname: mine\nexperiments: [own.yaml]\n"
    #expect(try PublishedTables(file: try write("tables.yaml", text)).experiments.count == 1)
    let file = try write(
      "tables.yaml", text.replacingOccurrences(of: original, with: replacement))
    let error = #expect(throws: UserError.self) { try PublishedTables(file: file) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }
}
