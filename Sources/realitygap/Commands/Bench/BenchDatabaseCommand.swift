import ArgumentParser
import Evaluation
import Foundation
import Models
import Reporting
import Support
import Tensors
import Tracking

/// `realitygap bench database`: the store at the size of Table 1.
struct BenchDatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "database",
    abstract: "Table 1's 9 cells of 50,000 images in a database: writing, table, comparison, size.",
    discussion: """
      Synthetic predictions go through the ordinary store, one transaction per batch. Prints the \
      seconds for writing, for the whole report, for comparing two cells and for checking, and the \
      file size.
      """)

  @Option(help: "Images in each cell.")
  var images = 50_000

  @Option(help: "Keep the database in this file, which must not exist (default: a temporary one).")
  var database: String?

  @OptionGroup var batching: BatchOptions

  func validate() throws { try check("images", images, in: 1...10_000_000) }

  private static let models = Architecture.paper.map(\.name)
  private static let experiment = Experiment(
    name: "bench", title: "Made-up numbers at the size of Table 1", models: models,
    datasets: [.init(name: "imagenet")], conditions: [.canonical, .distorted, .corrected],
    digest: "", file: "bench")

  func run() throws {
    let path = database ?? NSTemporaryDirectory() + "realitygap-bench-\(UUID().uuidString).sqlite"
    guard !FileManager.default.fileExists(atPath: path) else {
      throw UserError("\(path): already exists", remedy: "give a new file")
    }
    defer {
      if database == nil {
        for suffix in ["", "-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: path + suffix)
        }
      }
    }
    let store = try Store(path: path)
    var cells: [Int64] = []
    let count = images * Self.models.count * Self.experiment.conditions.count
    try Self.time("write \(count) predictions") { cells = try fill(store) }
    try Self.time("table with intervals and tests") {
      let results = try ExperimentResults(experiment: Self.experiment, store: store)
      _ = ExperimentReport(results).text
    }
    try Self.time("comparison of two cells") {
      _ = PairedComparison(try store.pairs(cells[1], cells[2]))
    }
    try Self.time("check") { _ = try store.check() }
    let size = try store.vacuum()
    print(
      String(
        format: "file: %.1f MB, vacuumed %.1f MB", Double(size.before) / 1e6,
        Double(size.after) / 1e6))
  }

  private static func time(_ work: String, _ body: () throws -> Void) rethrows {
    let seconds = try ContinuousClock().measure { try body() } / .seconds(1)
    print(work + String(format: ": %.2f s", seconds))
  }

  /// - Returns: the evaluations: of each model canonical, distorted, corrected.
  private func fill(_ store: Store) throws -> [Int64] {
    let run = try store.startRun(
      NewRun(
        kind: .evaluate, name: "bench", configuration: "{}", command: Surroundings.command,
        versions: ["realitygap": Surroundings.version]))
    var random = RandomStream(seed: 1, purpose: "bench")
    let labels = (0..<images).map { _ in random.integer(below: 1000) }
    let items = try store.register(
      dataset: DatasetRecord(
        fingerprint: "bench", name: "imagenet", kind: "bench", path: "bench",
        items: (0..<images).map {
          .init(
            name: String(format: "ILSVRC2012_val_%08d.JPEG", $0 + 1), label: labels[$0])
        }))
    let cells = try Self.models.flatMap { model -> [Int64] in
      try store.register(
        weights: WeightsRecord(sha256: model, architecture: model, path: "\(model).h5"))
      return try Self.experiment.conditions.map { condition in
        let isDistorted = condition != .canonical
        return try store.beginEvaluation(
          NewEvaluation(
            identity: CellIdentity(
              model: model, weights: model, dataset: "bench", condition: condition,
              view: isDistorted ? .distorted : .canonical,
              distortion: isDistorted ? "paper" : nil,
              corrector: condition == .corrected ? "bench" : nil, seed: isDistorted ? 0 : nil,
              engine: "auto", precision: "float32"),
            experiment: "bench", experimentDigest: "", datasetName: "imagenet",
            expected: images, engineVersion: "bench", threads: 1), run: run)
      }
    }
    for start in stride(from: 0, to: images, by: batching.size) {
      var batch: [PredictionRecord] = []
      for cell in cells {
        for index in start..<min(start + batching.size, images) {
          batch.append(
            PredictionRecord(
              evaluation: cell, item: items[index], draw: 0,
              outcome: .predicted(Self.prediction(label: labels[index], &random))))
        }
      }
      try store.record(batch)
    }
    try store.finishEvaluations(cells)
    try store.finishRun(run, status: .finished)
    return cells
  }

  /// Right in two of three cases.
  private static func prediction(label: Int, _ random: inout RandomStream) -> Prediction {
    let isRight = random.integer(below: 3) > 0
    let probability = random.uniform(in: 0.5...1)
    return Prediction(
      predicted: isRight ? label : (label + 1) % 1000,
      labelRank: isRight ? 0 : 1 + random.integer(below: 999), probability: probability,
      labelProbability: isRight ? probability : random.uniform(in: 0...0.5))
  }
}
