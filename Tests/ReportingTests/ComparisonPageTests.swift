import Evaluation
import Foundation
import Reporting
import Support
import Testing
import Tracking

/// A store of cells with one draw of each of 40 images, and of training runs.
private final class Laboratory {
  let folder: String
  let store: Store
  let run: Int64

  init() throws {
    folder = NSTemporaryDirectory() + "/realitygap-comparison-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    store = try Store(path: "\(folder)/results.sqlite")
    run = try store.startRun(
      NewRun(
        kind: .evaluate, name: "mine", configuration: "{}", command: "realitygap run mine.yaml",
        versions: ["realitygap": "0.1"]))
    for model in ["squeezenet1_1", "resnet50"] {
      try store.register(
        weights: WeightsRecord(sha256: "w-\(model)", architecture: model, path: "/lab/\(model).h5"))
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Stores a corrected cell whose first `right` images are right, or the last ones.
  ///
  /// - Returns: `evaluation:ID`.
  @discardableResult
  func add(
    _ corrector: String, right: Int, fromEnd: Bool = false, model: String = "squeezenet1_1",
    seed: UInt64 = 3, dataset: String = "photos", draws: Int = 1, wrong: Int = 9,
    run: Int64? = nil, trainedBy: Int64? = nil
  ) throws -> String {
    let items = try store.register(
      dataset: DatasetRecord(
        fingerprint: "f-\(dataset)", name: dataset, kind: "labelled-folder", path: "/lab/none",
        items: (0..<40).map { .init(name: String(format: "%02d.jpg", $0), label: $0 / 20) }))
    let id = try store.beginEvaluation(
      NewEvaluation(
        identity: CellIdentity(
          model: model, weights: "w-\(model)", dataset: "f-\(dataset)", condition: .corrected,
          view: .distorted, distortion: "paper", corrector: corrector, seed: seed, draws: draws,
          engine: "openblas", precision: "float32"),
        experiment: "mine", experimentDigest: "e", datasetName: dataset,
        correctorPath: "/lab/\(corrector).h5", correctorRun: trainedBy, expected: 40 * draws,
        engineVersion: "OpenBLAS", threads: 2), run: run ?? self.run)
    try store.record(
      items.indices.flatMap { index in (0..<draws).map { (index, $0) } }.map { index, draw in
        let isRight = fromEnd ? index >= 40 - right : index < right
        return PredictionRecord(
          evaluation: id, item: items[index], draw: draw,
          outcome: .predicted(
            Prediction(
              predicted: isRight ? index / 20 : wrong, labelRank: isRight ? 0 : 2, probability: 0.5,
              labelProbability: 0.5)))
      })
    try store.finishEvaluations([id])
    return "evaluation:\(id)"
  }

  /// A training run with the last error on held-out photos.
  func train(
    _ name: String, mse: Double, distorted: Double = 0.05, rate: Double, weight: Double = 1,
    seed: Int = 1
  ) throws -> Int64 {
    let id = try store.startRun(
      NewRun(
        kind: .train, name: name,
        configuration:
          #"{"training": {"seed": \#(seed), "phases": [{"name": "stn", "steps": 2, "rate": \#(rate), "#
          + #""losses": {"mse": \#(weight)}}]}}"#,
        command: "", versions: [:]))
    let values = [1: 2 * mse, 2: mse].flatMap { step, mse in
      [
        ("train/loss", mse), ("validation/corrected/mse", mse),
        ("validation/distorted/mse", distorted),
      ]
      .map { MetricValue(step: step, name: $0.0, value: $0.1) }
    }
    try store.record(metrics: values, run: id)
    try store.finishRun(id, status: .finished)
    return id
  }

  func page(_ arguments: [String], all: Bool = false) throws -> ComparisonPage {
    try ComparisonPage(
      try SubjectFinder(store: store)(arguments), store: store, allSettings: all,
      workingFolder: "/lab")
  }

  func markdown(_ page: ComparisonPage) throws -> ReportBundle {
    try page.bundle(command: "realitygap compare", templates: ReportTemplates()) {
      throw UserError("\($0): not to be loaded")
    }
  }
}

@Suite("Comparison pages")
struct ComparisonPageTests {
  private let lab: Laboratory

  init() throws { lab = try Laboratory() }

  @Test("a significant difference names the winner, its size and its p")
  func better() throws {
    let (a, b) = (try lab.add("g1", right: 10), try lab.add("g2", right: 30))
    let verdict = try lab.page([a, b]).verdicts[0]
    #expect(
      verdict.hasPrefix("B is better than A: on SqueezeNet 1.1, photos, corrected, top-1 is "))
    #expect(verdict.contains("75.00 % with B and 25.00 % with A, +50.00 points (95 % interval +"))
    #expect(verdict.hasSuffix("p < 0.001, by image)."))
    #expect(try lab.page([b, a]).verdicts[0].hasPrefix("A is better than B: "))
  }

  @Test("runs that differ in the seed alone are taken together, others are not")
  func repeats() throws {
    let same = try zip([0.010, 0.012, 0.014], 1...).map { mse, seed in
      "\(try lab.train("g", mse: mse, rate: 0.1, seed: seed))"
    }
    let others = [
      "\(try lab.train("g", mse: 0.5, rate: 0.2, seed: 4))",
      "\(try lab.train("g", mse: 0.6, rate: 0.1, weight: 2, seed: 5))",
    ]
    let page = try lab.page(same + others)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(page.json.utf8)) as? [String: Any])
    let rows = try #require(object["repeats"] as? [[String: Any]])
    #expect(
      Set(rows.compactMap { $0["metric"] as? String }) == [
        "train/loss", "validation/corrected/mse",
      ])
    let row = try #require(rows.first)
    #expect(row["subjects"] as? String == "A, B, C" && row["runs"] as? Int == 3)
    let (mean, deviation) = (row["last_mean"] as? Double ?? 0, row["last_sd"] as? Double ?? 0)
    #expect(abs(mean - 0.012) < 1e-12 && abs(deviation - 0.002) < 1e-12)
    let text = try lab.markdown(page).markdown
    #expect(text.contains("## Repeats") && text.contains("0.012 ± 0.002"))
    #expect(!text.contains("single seed"))
    // One curve for the three, with a band, and one for each of the others.
    let losses = try #require(
      try lab.markdown(page).files.first { $0.name.hasSuffix("losses.svg") })
    let svg = String(decoding: losses.bytes, as: UTF8.self)
    #expect(svg.contains(">A, B, C</text>") && svg.contains(">D</text>"))
    #expect(svg.contains(">lowest to highest of the seeds</text>"))
    let alone = try lab.markdown(try lab.page([same[0], others[0]])).markdown
    #expect(!alone.contains("## Repeats") && alone.contains("trained with a single seed"))
  }

  @Test("a training run's report takes finished runs of its recipe with other seeds together")
  func repeatsOfRun() throws {
    let ids = try [(0.010, 9), (0.012, 10), (0.5, 2), (0.014, 2)].map { mse, seed in
      try lab.train("g", mse: mse, rate: 0.1, seed: seed)
    }
    let alone = try lab.train("g", mse: 0.5, rate: 0.2, seed: 4)
    func page(_ id: Int64) throws -> ReportBundle {
      try TrainingPage(try #require(try lab.store.run(id)), store: lab.store)
        .bundle(command: "c", stem: "g", templates: ReportTemplates())
    }
    let bundle = try page(ids[0])
    // Of seed 2 the newest; by seed.
    #expect(
      bundle.markdown.contains("Runs \(ids[3]), \(ids[0]), \(ids[1]) differ in the seed alone."))
    #expect(bundle.markdown.contains("| 0.012 ± 0.002 |"))
    let name = "g-training-\(ids[0])-repeats-losses.svg"
    let file = try #require(bundle.files.first { $0.name == name })
    #expect(String(decoding: file.bytes, as: UTF8.self).contains("class=\"band"))
    #expect(bundle.markdown.contains("a band goes from the lowest to highest of the seeds"))
    #expect(!(try page(alone).markdown.contains("## Repeats")))
  }

  @Test("a difference that is not significant is called so, and so is none at all")
  func undecided() throws {
    let (a, b) = (try lab.add("g1", right: 20), try lab.add("g2", right: 22))
    #expect(
      try lab.page([a, b]).verdicts[0].hasPrefix(
        "The data do not show which is better, A or B: on "))
    let twin = try lab.add("g3", right: 20)
    #expect(
      try lab.page([a, twin]).verdicts[0].hasPrefix("A and B perform equally: every draw that one ")
    )
    // As many fixed as broken.
    let other = try lab.add("g4", right: 20, fromEnd: true)
    let verdict = try lab.page([a, other]).verdicts[0]
    #expect(verdict.contains("do not show") && verdict.contains("0.00 points"), "\(verdict)")
  }

  @Test("over several cells it counts the significant ones, after Holm's correction")
  func several() throws {
    let (one, two) = (
      try lab.train("one", mse: 0.02, rate: 0.1), try lab.train("two", mse: 0.01, rate: 0.1)
    )
    for (seed, right) in [(1, 30), (2, 12)] as [(UInt64, Int)] {
      try lab.add("g1", right: 10, seed: seed, trainedBy: one)
      try lab.add("g2", right: right, seed: seed, trainedBy: two)
    }
    let page = try lab.page(["\(one)", "\(two)"])
    #expect(
      page.verdicts[0].hasPrefix("B is better than A: in 1 of 2 comparisons top-1 of B minus A "))
    #expect(page.verdicts[0].contains("is +50.00 points") && page.text.contains("p (Holm)"))
    try lab.add("g1", right: 40, seed: 5, trainedBy: one)
    try lab.add("g2", right: 10, seed: 5, trainedBy: two)
    #expect(
      try lab.page(["\(one)", "\(two)"]).verdicts[0].hasPrefix(
        "Neither is better throughout: B is better than A in 1 of 3 comparisons (+50.00 points) and "
          + "worse in 1 (−75.00 points)"))
  }

  @Test("what is not comparable is listed with its reason")
  func obstacles() throws {
    let (one, two) = (
      try lab.train("one", mse: 0.02, rate: 0.1), try lab.train("two", mse: 0.01, rate: 0.1)
    )
    for (corrector, run) in [("g1", one), ("g2", two)] {
      try lab.add(corrector, right: 10, trainedBy: run)
    }
    try lab.add("g1", right: 10, model: "resnet50", seed: 5, trainedBy: one)
    try lab.add("g2", right: 10, model: "resnet50", seed: 6, trainedBy: two)
    try lab.add("g1", right: 10, dataset: "others", trainedBy: one)
    let text = try lab.page(["\(one)", "\(two)"]).text
    #expect(text.contains("not comparable: different seed (5, 6)"), "\(text)")
    #expect(text.contains("not comparable: only A has it"))
    let page = try lab.page(["\(one)", "\(two)"])
    #expect(page.csv.split(separator: "\n").count == 2)
  }

  @Test("training runs show what differs in their settings, and their metrics, at the end and best")
  func training() throws {
    let one = try lab.train("one", mse: 0.02, rate: 0.1)
    let two = try lab.train("two", mse: 0.01, rate: 0.2)
    let page = try lab.page(["\(one)", "run:\(two)"])
    #expect(
      page.verdicts[0].contains("photos is 0.01 for B and 0.02 for A, which favours B, but"))
    let bundle = try lab.markdown(page)
    #expect(bundle.stem == "compare-run-\(one)-run-\(two)")
    #expect(bundle.markdown.contains("| phases.stn.rate | 0.1 | 0.2 |"))
    #expect(!bundle.markdown.contains("| seed | 1 | 1 |"))
    #expect(
      bundle.markdown.contains("| train/loss | stn | 0.02 (2) | 0.02 (2) | 0.01 (2) | 0.01 (2) |"))
    #expect(
      bundle.files.map(\.name) == ["losses", "validation"].map { "\(bundle.stem)-\($0).svg" })
    #expect(!bundle.markdown.contains("weighted differently"))
    let heavy = try lab.train("heavy", mse: 0.01, rate: 0.1, weight: 3)
    #expect(
      try lab.markdown(try lab.page(["\(one)", "\(heavy)"])).markdown.contains(
        "The losses of phase stn are weighted differently in A, B: their sums (train/loss) are not")
    )
    let all = try lab.markdown(try lab.page(["\(one)", "\(two)"], all: true))
    #expect(all.markdown.contains("| seed | 1 | 1 |"))
    // Errors on different photos are not comparable.
    let three = try lab.train("three", mse: 0.01, distorted: 0.06, rate: 0.1)
    #expect(
      try lab.page(["\(one)", "\(three)"]).verdicts[0].contains("but not on the same photos"))
    // A training that broke down has no error that could be better or worse, and shows none.
    let broken = try lab.train("broken", mse: 0.001, rate: 0.1)
    try lab.store.record(
      metrics: [MetricValue(step: 3, name: "validation/corrected/mse", value: .nan)], run: broken)
    let last = try lab.page(["\(one)", "\(broken)"])
    #expect(last.verdicts[0].hasSuffix("photos is NaN for B and 0.02 for A."), "\(last.verdicts)")
    #expect(last.text.contains("NaN (3)") && !last.verdicts[0].contains("favours"))
  }

  @Test("three stand in one table, corrected for all its comparisons; the page is the same again")
  func three() throws {
    let names = try [("g1", 10), ("g2", 30), ("g3", 12)].map { try lab.add($0.0, right: $0.1) }
    let page = try lab.page(names)
    #expect(page.verdicts.map { String($0.prefix(12)) } == ["B is better ", "The data do "])
    #expect(page.csv.split(separator: "\n").count == 3)
    let bundle = try lab.markdown(page)
    for heading in [
      "# Comparison of A, B, C\n", "## Configuration", "## Cells side by side",
      "## Classes that gained and lost most", "## Images fixed and broken", "## Agreement",
    ] { #expect(bundle.markdown.contains(heading), "\(heading)") }
    // The photos are missing: a line for each picture says so.
    #expect(
      bundle.markdown.contains("No pictures of B against A, SqueezeNet 1.1, photos, corrected"))
    // g1 and g2 have the same class, right or wrong, in all but the 20 images that were fixed.
    #expect(
      bundle.markdown.contains(
        "| A, B | SqueezeNet 1.1, photos, corrected | 40 × 1 draw, seed 3, paper | 50.00 |"))
    #expect(bundle.markdown.contains("| B, C |"))
    #expect(try lab.markdown(try lab.page(names)).markdown == bundle.markdown)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(try page.json.utf8)) as? [String: Any])
    #expect((object["verdicts"] as? [String])?.count == 2)
    #expect((object["cells"] as? [[String: Any]])?.first?["difference"] as? Double == 50)
    #expect((object["classes"] as? [[String: Any]])?.count == 4)
  }

  /// `verdict` of the page's JSON.
  private func verdict(_ page: ComparisonPage) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(page.json.utf8)) as? [String: Any]
    return try #require(object?["verdict"] as? [String: Any])
  }

  @Test("where nothing is comparable the page says so, with each reason on a line of its own")
  func incomparable() throws {
    let a = try lab.add("g1", right: 10)
    let idle = try lab.train("idle", mse: .nan, rate: 1)
    let page = try lab.page([a, try lab.add("g2", right: 30, seed: 9), "\(idle)"])
    let seed = "SqueezeNet 1.1, photos, corrected: not comparable: different seed (3, 9)"
    #expect(page.verdicts[0].hasPrefix("A and B cannot be compared: no two of their evaluations"))
    #expect(page.text.contains("\n  - \(seed)\n"))
    #expect(page.text.contains("\n  - C was never evaluated\n"))
    #expect(
      try lab.markdown(page).markdown.contains("\n- B: \(seed)\n- C: C was never evaluated\n\n"))
    let verdict = try verdict(page)
    #expect(
      verdict["comparable"] as? Bool == false && (verdict["basis"] as? [Any])?.isEmpty == true)
    #expect(verdict["reasons"] as? [String] == ["B: \(seed)", "C: C was never evaluated"])
    let subjects = try #require(verdict["subjects"] as? [[String: Any]])
    #expect(subjects.map { $0["outcome"] as? String } == ["not_comparable", "not_comparable"])
    #expect(subjects.map { $0["subject"] as? String } == ["B", "C"])
  }

  @Test("what the verdict rests on is said where either has more; a part of the same is no verdict")
  func partial() throws {
    let (one, two) = (
      try lab.train("one", mse: 0.02, rate: 0.1), try lab.train("two", mse: 0.01, rate: 0.1)
    )
    try lab.add("g1", right: 10, draws: 3, trainedBy: one)
    try lab.add("g2", right: 30, draws: 2, trainedBy: two)
    let page = try lab.page(["\(one)", "\(two)"])
    #expect(page.verdicts[0].hasPrefix("B is better than A: on SqueezeNet 1.1, photos, corrected"))
    let note =
      "SqueezeNet 1.1, photos, corrected: compared on draws 0 to 1, which both have (A has 3, B has 2)"
    #expect(page.text.contains("\n  - \(note)\n"))
    #expect(page.text.contains("40 × draws 0 to 1 of 3 and 2, seed 3, paper"))
    let verdict = try verdict(page)
    #expect(verdict["comparable"] as? Bool == true)
    let basis = try #require((verdict["basis"] as? [[String: Any]])?.first)
    #expect(basis["draws"] as? Int == 2 && basis["images"] as? Int == 40)
    #expect(basis["pairs"] as? Int == 80 && basis["partial"] as? Bool == true)
    let cell = try #require(page.csv.split(separator: "\n").last)
    #expect(cell.contains(",paper,3,40,2,40,3,40,2,0,80,"), "\(cell)")

    let again = try lab.add("g1", right: 10, draws: 2)
    let same = try lab.page(["evaluation:1", again])
    #expect(
      same.verdicts[0].hasPrefix("A and B differ only in the number of images or draws"))
    #expect(!same.verdicts[0].contains("no difference"))
    let outcome = (try self.verdict(same)["subjects"] as? [[String: Any]])?.first?["outcome"]
    #expect(outcome as? String == "repetition")
  }

  @Test("machine-readable output has the minus sign that programs read, and keys in snake_case")
  func plain() throws {
    let page = try lab.page([try lab.add("g1", right: 30), try lab.add("g2", right: 10)])
    #expect(page.verdicts[0].contains("−50.00 points"))
    let json = try page.json
    #expect(json.contains("-50.00 points") && !json.contains("−") && !page.csv.contains("−"))
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8))
    func keys(_ value: Any) -> [String] {
      if let object = value as? [String: Any] {
        return object.keys + object.values.flatMap(keys)
      }
      return (value as? [Any])?.flatMap(keys) ?? []
    }
    let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789_")
    #expect(keys(object).count > 50 && keys(object).allSatisfy { $0.allSatisfy(letters.contains) })
  }

  @Test("a class that the list does not have is an error, and no label of its own")
  func unknownClass() throws {
    let names = [try lab.add("g1", right: 10, wrong: 1000), try lab.add("g2", right: 30)]
    let error = #expect(throws: UserError.self) { try lab.page(names) }
    #expect(error?.description.contains("1000: not one of the 1000 of ImageNet-1k") == true)
  }

  @Test("what is unknown, the same or alone is refused in one line")
  func refused() throws {
    let a = try lab.add("g1", right: 10)
    for (arguments, words) in [
      ([a, "77"], "has no run 77"), ([a, "evaluation:77"], "has no evaluation 77"),
      ([a, "none.h5"], "none.h5"), ([a, a], "are the same evaluation"),
      ([a], "nothing to compare with"),
    ] {
      let error = #expect(throws: UserError.self) { try lab.page(arguments) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }
}
