import Foundation
import Support
import Tracking

/// A folder of its own for each test, removed when the test is over.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/realitygap-tracking-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in it.
  func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// A store with a run, weights and a dataset of three images.
struct Workbench {
  let folder: TemporaryFolder
  let store: Store
  let run: Int64
  let items: [Int64]

  static let dataset = DatasetRecord(
    fingerprint: "f1", name: "sample", kind: "labelled-folder", path: "/data/sample",
    items: [
      .init(name: "a.jpg", label: 3), .init(name: "b.jpg", label: 5),
      .init(name: "c.jpg", label: 999),
    ])

  static let newRun = NewRun(
    kind: .evaluate, name: "sample", configuration: #"{"seed":1}"#, command: "realitygap run",
    versions: ["realitygap": "0.1"])

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(path: folder.file("results.sqlite"))
    run = try store.startRun(Self.newRun)
    items = try store.register(dataset: Self.dataset)
    try store.register(
      weights: WeightsRecord(sha256: "w1", architecture: "squeezenet1_1", path: "/w.h5"))
  }

  /// A cell of the dataset's three images.
  func cell(
    _ condition: Condition = .canonical, view: ImageView = .canonical, seed: UInt64? = nil,
    draws: Int = 1, experiment: String = "sample"
  ) -> NewEvaluation {
    NewEvaluation(
      identity: CellIdentity(
        model: "squeezenet1_1", weights: "w1", dataset: "f1", condition: condition, view: view,
        seed: seed, draws: draws, engine: "openblas", precision: "float32"),
      experiment: experiment, experimentDigest: "e1", datasetName: "sample",
      expected: 3 * draws, engineVersion: "OpenBLAS 0.3.21", threads: 2)
  }

  /// A result whose label has the given rank.
  func result(_ evaluation: Int64, item: Int, draw: Int = 0, rank: Int = 0) -> PredictionRecord {
    PredictionRecord(
      evaluation: evaluation, item: items[item], draw: draw,
      outcome: .predicted(
        Prediction(predicted: 7, labelRank: rank, probability: 0.75, labelProbability: 0.25)))
  }
}
