import Evaluation
import Support
import Testing
import Tracking

@Suite("Comparison")
struct ComparisonTests {
  /// A draw of an image of class `label`; what is right is predicted as the label.
  private func draw(
    _ item: String, _ draw: Int = 0, label: Int = 1, _ before: Bool, _ after: Bool,
    wrong: (Int, Int) = (7, 7)
  ) -> PairedOutcome {
    func prediction(_ isRight: Bool, _ other: Int) -> Prediction {
      Prediction(
        predicted: isRight ? label : other, labelRank: isRight ? 0 : 3, probability: 0.5,
        labelProbability: 0.1)
    }
    return PairedOutcome(
      item: item, draw: draw, label: label, before: prediction(before, wrong.0),
      after: prediction(after, wrong.1))
  }

  @Test("arguments are runs, evaluations, or else files")
  func references() throws {
    #expect(try SubjectReference("3") == .run(3))
    #expect(try SubjectReference("run:3") == .run(3))
    #expect(try SubjectReference("evaluation:12") == .evaluation(12))
    for path in ["G.h5", "./3", "3.h5", "C:G.h5", "³", "99999999999999999999"] {
      #expect(try SubjectReference(path) == .corrector(path: path))
    }
    for wrong in ["run:", "run:x", "evaluation:-1", "evaluation:1:2"] {
      #expect(throws: UserError.self) { try SubjectReference(wrong) }
    }
  }

  @Test("settings are flattened: named elements by name, others by position, plain lists as text")
  func flattened() throws {
    let flat = try FlatConfiguration.flatten(
      json: """
        {"seed": 18446744073709551615, "rate": 0.0001, "flip": true, "widths": [16, 32], "none": null,
         "phases": [{"name": "stn", "steps": 5}, {"name": "color", "steps": 6}],
         "twins": [{"name": "a", "x": 1}, {"name": "a", "x": 2}], "empty": []}
        """, name: "run 3")
    #expect(
      flat == [
        "seed": "18446744073709551615", "rate": "0.0001", "flip": "true", "widths": "16, 32",
        "phases.stn.steps": "5",
        "phases.color.steps": "6", "twins.1.name": "a", "twins.1.x": "1", "twins.2.name": "a",
        "twins.2.x": "2", "empty": "",
      ])
    // What cannot be read is not taken for settings that are none.
    for text in ["[1]", "{", "3"] {
      let error = #expect(throws: UserError.self) {
        try FlatConfiguration.flatten(json: text, name: "run 3")
      }
      #expect(error?.description.hasPrefix("run 3: not ") == true)
    }
  }

  @Test("only what differs is different; what one lacks differs, when a run began does not")
  func configuration() {
    let difference = ConfigurationDifference([
      ["a": "1", "b": "2", "c": "3", "run.started": "x"],
      ["a": "1", "b": "20", "run.started": "y"],
    ])
    #expect(difference.lines.map(\.key) == ["a", "b", "c", "run.started"])
    #expect(difference.different.map(\.key) == ["b", "c"])
    #expect(difference.different.map(\.values) == [["2", "20"], ["3", nil]])
    // Of three it is enough that one differs.
    #expect(ConfigurationDifference([["a": "1"], ["a": "1"], ["a": "2"]]).different.count == 1)
  }

  @Test("draws are paired by image and draw, whatever their order; others are left out")
  func pairs() {
    func outcome(_ item: String, _ draw: Int, _ predicted: Int) -> DrawOutcome {
      DrawOutcome(
        item: item, draw: draw, label: 1,
        prediction: Prediction(
          predicted: predicted, labelRank: predicted == 1 ? 0 : 1, probability: 1,
          labelProbability: 0))
    }
    let pairs = PairedOutcome.pairs(
      [outcome("a", 0, 1), outcome("a", 1, 2), outcome("b", 0, 1)],
      [outcome("b", 0, 3), outcome("a", 1, 1), outcome("c", 0, 1)])
    #expect(pairs.map(\.item) == ["a", "b"])
    #expect(pairs.map(\.isFixed) == [true, false] && pairs.map(\.isBroken) == [false, true])
  }

  @Test("images that changed most come first, with the first draw that changed so")
  func images() {
    let all = ImageChange.all([
      draw("a", 0, true, true), draw("a", 1, false, true),
      draw("b", 0, false, true), draw("b", 1, false, true),
      draw("c", 0, true, false), draw("c", 1, false, true),
      draw("d", 0, false, false), draw("d", 1, true, false),
      draw("e", 0, false, true), draw("e", 1, true, true),
    ])
    #expect(all.map(\.item) == ["a", "b", "c", "d", "e"])
    #expect(all.map(\.gain) == [1, 2, 0, -1, 1])
    #expect(all[0].pair == ItemPair(fixed: 1, broken: 0, kept: 1, total: 2))
    let fixed = ImageChange.most(all, gained: true, count: 9)
    #expect(fixed.map(\.item) == ["b", "a", "e"])
    #expect(fixed.map { $0.example?.draw } == [0, 1, 0])
    #expect(ImageChange.most(all, gained: false, count: 9).map(\.item) == ["d"])
    #expect(ImageChange.most(all, gained: true, count: 1).count == 1)
    #expect(all[2].example == nil)
  }

  @Test("classes of few draws are left out, and few images have no interval")
  func classes() throws {
    // Class 1: 6 images of 2 draws, one draw of each is fixed. Class 2: 1 image of 10 draws, 4 are
    // broken. Class 3: 9 draws.
    let one = (0..<6).flatMap { image in
      [draw("a\(image)", 0, false, true), draw("a\(image)", 1, true, true)]
    }
    let two = (0..<10).map { draw("b", $0, label: 2, true, $0 >= 4) }
    let three = (0..<9).map { draw("c", $0, label: 3, false, true) }
    let classes = ClassChange.all(ImageChange.all(one + two + three))
    #expect(classes.map(\.label) == [1, 2])
    #expect(classes.map(\.points) == [50, -40])
    #expect(classes.map(\.images) == [6, 1] && classes.map(\.draws) == [12, 10])
    #expect(classes.map(\.fixed) == [6, 0] && classes.map(\.broken) == [0, 4])
    #expect(classes[0].interval != nil && classes[1].interval == nil)
    #expect(ClassChange.most(classes, gained: true, count: 5).map(\.label) == [1])
    #expect(ClassChange.most(classes, gained: false, count: 5).map(\.label) == [2])
  }

  @Test("agreement counts the same prediction, right or wrong, by image")
  func agreement() throws {
    let agreement = PredictionAgreement([
      draw("a", 0, true, true), draw("b", 0, false, false),
      draw("c", 0, false, false, wrong: (7, 8)),
      draw("d", 0, true, false),
    ])
    #expect(agreement.same.proportion == 0.5 && agreement.same.clusters == 4)
    #expect(agreement.same.interval == .wilson(proportion: 0.5, size: 4))
    #expect(agreement.bothRight == 1 && agreement.sameWrong == 1)
    #expect(PredictionAgreement([]).same.proportion == nil)
  }

  @Test("a metric is best where it is least, or greatest, and the first of equals counts")
  func metrics() throws {
    let names = ["train/loss", "validation/corrected/psnr", "train/gradient_norm"]
    let values = names.flatMap { name in
      [(1, 3.0), (2, 1.0), (3, 5.0), (4, 1.0), (5, 5.0), (6, .nan)].map {
        MetricValue(step: $0.0, name: name, value: $0.1, phase: "only")
      }
    }
    let summaries = MetricSummary.all(values.reversed())
    #expect(summaries.map(\.name) == names.sorted())
    #expect(summaries.map(\.last.step) == [6, 6, 6])
    #expect(summaries.map { $0.best?.step } == [nil, 2, 3])
    #expect(MetricSummary.all([]).isEmpty)
  }

  @Test("best and end are those of a phase; over several phases, or unknown ones, nothing is best")
  func phases() throws {
    let values = [(1, 9.0, "stn"), (2, 8, "stn"), (3, 0.1, "detail"), (4, 0.2, "detail")].map {
      MetricValue(step: $0.0, name: "train/loss", value: $0.1, phase: $0.2)
    }
    let loss = try #require(MetricSummary.all(values).first)
    #expect(loss.best == nil && loss.last.step == 4)
    #expect(loss.phases.map(\.name) == ["stn", "detail"])
    #expect(loss.phases.map { $0.best?.step } == [2, 3] && loss.phases.map(\.last.step) == [2, 4])
    let unknown = try #require(
      MetricSummary.all(values.map { .init(step: $0.step, name: $0.name, value: $0.value) }).first)
    #expect(unknown.best == nil && unknown.phases.map(\.best) == [nil])
    let one = try #require(MetricSummary.all(Array(values.prefix(2))).first)
    #expect(one.best?.step == 2)
  }
}
