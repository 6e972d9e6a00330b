import Evaluation
import Support
import Testing
import Tracking

import Interchange

@Suite("Import of predictions")
struct PredictionImportTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private static let complete = "item,predicted\n\"a, b.jpg\",3\nb.jpg,7\nc.jpg,999\n"

  private func request(
    _ condition: Condition = .canonical, draws: Int = 1, model: String = "convnext_tiny"
  ) -> ImportedCell {
    ImportedCell(
      experiment: "mine", dataset: "photos", model: model, condition: condition, draws: draws,
      source: "timm")
  }

  @discardableResult
  private func load(_ text: String, _ request: ImportedCell) throws -> Int64? {
    let file = try PredictionFile(path: bench.folder.add("p.csv", text))
    return try request.store(
      file, dataset: try request.knownDataset(for: file, in: bench.store), in: bench.store,
      command: "import", versions: [:], commit: nil)
  }

  /// The predictions of imported cells, by image, then draw.
  private func importedPredictions() throws -> [Prediction] {
    try bench.store.evaluations(experiment: "mine").filter(\.isImported)
      .flatMap { try bench.store.outcomes(evaluation: $0.id) }.map(\.prediction)
  }

  private func failure(_ text: String, draws: Int = 1) throws -> String {
    let condition = draws > 1 ? Condition.distorted : .canonical
    let error = #expect(throws: UserError.self) { try load(text, request(condition, draws: draws)) }
    return error?.description ?? ""
  }

  @Test("a file is a finished cell of its own run, with the file as birth certificate")
  func imported() throws {
    let run = try #require(try load(Self.complete, request()))
    let row = try #require(try bench.store.cells().last)
    #expect(row.identity.model == "convnext_tiny" && row.run == run)
    #expect(row.correct == 2 && row.predicted == 3)
    let cell = try #require(try bench.store.evaluationRecords(run: run).first)
    #expect(cell.isImported && cell.isFinished && cell.weightsSource == "timm")
    #expect(try FileDigest.sha256(path: bench.folder.file("p.csv")) == cell.weightsSHA256)
    let record = try #require(try bench.store.run(run))
    #expect(record.status == .finished && record.configuration.contains(cell.weightsSHA256))
  }

  @Test("what a file does not say is unknown, and exported as an empty field")
  func unknown() throws {
    try load(Self.complete, request())
    let rows = try importedPredictions()
    #expect(rows.map(\.labelRank) == [0, Prediction.unknownRank, 0])
    #expect(rows.allSatisfy { $0.probability == Prediction.unknownProbability })
    _ = try CSVExport.write(.everything, of: bench.store, to: bench.folder.file("out"))
    let text = try bench.folder.text("out/predictions.csv")
    #expect(text.contains("convnext_tiny,photos,canonical,,b.jpg,0,5,7,,,\n"))
  }

  @Test("columns come in any order; classes are indices or wnids; probabilities are kept")
  func columns() throws {
    try load(
      """
      probability,draw,predicted,label_probability,item,label,label_rank
      0.5,0,n01484850,,"a, b.jpg",3,1
      0.5,0,5,0.5,b.jpg,n01496331,0
      0.5,0,998,0.25,c.jpg,,4
      """, request())
    let rows = try importedPredictions()
    #expect(rows.map(\.predicted) == [2, 5, 998] && rows.map(\.labelRank) == [1, 0, 4])
    #expect(rows.map(\.labelProbability) == [Prediction.unknownProbability, 0.5, 0.25])
  }

  @Test("what is imported passes the examination of the database, and no plot of confidences")
  func examined() throws {
    try load(Self.complete, request())
    try load(
      "item,predicted,probability,label_probability\n\"a, b.jpg\",3,0.5,0.5000005\n"
        + "b.jpg,7,,0.25\nc.jpg,1,0.5,0.125\n", request(model: "other"))
    #expect(try bench.store.check().problems == [])
    let evaluations = try bench.store.evaluations(experiment: "mine").filter(\.isImported)
    let totals = try evaluations.map {
      Calibration(try bench.store.outcomes(evaluation: $0.id)).total
    }
    #expect(Set(totals) == [0, 2])
  }

  @Test("a probability that is rounded beyond a bound lies on it; one further off is an error")
  func rounding() throws {
    try load(
      "item,predicted,probability,label_probability\n\"a, b.jpg\",3,1.0000001,1.000001\n"
        + "b.jpg,7,1.0000001,-0.0000001\nc.jpg,999,-1e-7,0\n", request())
    let rows = try importedPredictions()
    #expect(rows.map(\.probability) == [1, 1, 0] && rows.map(\.labelProbability) == [1, 0, 0])
    #expect(try bench.store.check().problems == [])
    for (column, value) in [
      ("probability", "1.00001"), ("probability", "-0.00001"), ("label_probability", "1.00001"),
      ("label_probability", "-0.00001"), ("probability", "inf"), ("label_probability", "nan"),
    ] {
      let message = try failure("item,predicted,\(column)\nb.jpg,5,\(value)\n")
      #expect(message.contains("p.csv, line 2: \(column) \"\(value)\""), "\(message)")
    }
  }

  @Test("the same file again adds nothing")
  func twice() throws {
    try load(Self.complete, request())
    let runs = try bench.store.runs().count
    #expect(try load(Self.complete, request()) == nil)
    #expect(try bench.store.runs().count == runs)
    #expect(try bench.store.cells().count(where: \.isFinished) == 2)
  }

  @Test("an experiment's results have a row of the model, with the corrected beside the distorted")
  func results() throws {
    let experiment = Experiment(
      name: "mine", title: "Mine", models: ["vgg11"], datasets: [.init(name: "photos")],
      conditions: [.canonical, .distorted, .corrected], digest: "e", file: "/e")
    try load(Self.complete, request())
    let draws = (0..<2).map { draw in
      ["\"a, b.jpg\",\(draw),3", "b.jpg,\(draw),\(draw + 4)", "c.jpg,\(draw),0"]
    }
    let lines = draws.joined().joined(separator: "\n")
    try load("item,draw,predicted\n\(lines)\n", request(.distorted, draws: 2))
    try load(
      "item,draw,predicted\n\(lines)\n".replacing("c.jpg,1,0", with: "c.jpg,1,999"),
      request(.corrected, draws: 2))
    let rows = try ExperimentResults(experiment: experiment, store: bench.store).rows
    #expect(rows.map(\.model) == ["vgg11", "convnext_tiny"])
    #expect(rows[1].result(.canonical)?.top1.correct == 2)
    #expect(rows[1].comparison?.fixed == 1 && rows[1].comparison?.broken == 0)
  }

  @Test(
    "bad rows are one line with file and line, and nothing is stored",
    arguments: [
      ("item\nb.jpg\n", ["line 1", "predicted"]), ("item,predicted,score\n", ["line 1", "score"]),
      ("item,item,predicted\n", ["line 1", "item"]), ("item,predicted\n", ["no predictions"]),
      ("", ["empty"]), ("item,predicted\nb.jpg,7,1\n", ["line 2", "3 fields"]),
      ("item,predicted\nb.jpg,1000\n", ["line 2", "1000"]),
      ("item,predicted\nb.jpg,cat\n", ["line 2", "cat"]),
      ("item,predicted\n,1\n", ["line 2", "item"]), ("item,predicted\nb.jpg,\n", ["line 2"]),
      ("item,predicted,probability\nb.jpg,1,1.5\n", ["line 2", "1.5"]),
      ("item,predicted,probability\nb.jpg,1,nan\n", ["line 2", "nan"]),
      ("item,predicted,probability,label_probability\nb.jpg,1,0.2,0.3\n", ["line 2", "0.3"]),
      ("item,predicted,label\nb.jpg,1,4\n", ["line 2", "label 4", "5"]),
      ("item,predicted,label_rank\nb.jpg,5,1\n", ["line 2", "label_rank 1"]),
      ("item,predicted,label_rank\nb.jpg,4,0\n", ["line 2", "label_rank 0"]),
      ("item,predicted\nb.jpg,1\nx.jpg,1\n", ["line 3", "x.jpg"]),
      ("item,predicted\nb.jpg,1\n\nb.jpg,1\n", ["line 4", "line 2"]),
      ("item,predicted,draw\nb.jpg,1,1\n", ["line 2", "draw 1"]),
      ("item,predicted,draw\nb.jpg,1,-1\n", ["line 2", "draw"]),
      ("item,predicted\nb.jpg,1\n", ["p.csv: lacks a, b.jpg, c.jpg of"]),
      ("item,predicted\nb.jpg,\"1\n", ["line 2", "quote"]),
    ])
  func badRows(text: String, words: [String]) throws {
    let before = try bench.store.runs().count
    let message = try failure(text)
    for word in words + ["p.csv"] { #expect(message.contains(word), "\(message)") }
    #expect(try bench.store.runs().count == before)
    #expect(try bench.store.predictionCount(run: bench.evaluation) == 3)
    #expect(try importedPredictions().isEmpty)
  }

  @Test("a draw that is missing is named, and so is a dataset that nobody knows")
  func missing() throws {
    let lines = ["\"a, b.jpg\",3,0", "\"a, b.jpg\",3,1", "b.jpg,3,0", "c.jpg,3,1", "c.jpg,3,0"]
    let text = "item,predicted,draw\n" + lines.joined(separator: "\n")
    #expect(try failure(text, draws: 2).contains("b.jpg (draw 1)"))
    var stranger = request()
    stranger.dataset = "others"
    let error = #expect(throws: UserError.self) { try load(Self.complete, stranger) }
    #expect(error?.description.contains("--data") == true)
  }
}
