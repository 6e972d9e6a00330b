import Foundation
import Testing
import Tracking

import Interchange

/// A folder of a test's own, removed with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "realitygap-interchange-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func add(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: file(name))), as: UTF8.self)
  }
}

/// A store with a training run, and a run of an experiment with a finished cell of three images.
struct Bench {
  let folder: TemporaryFolder
  let store: Store
  let training: Int64
  let evaluation: Int64

  static let dataset = DatasetRecord(
    fingerprint: "f1", name: "photos", kind: "labelled-folder", path: "/data",
    items: [
      .init(name: "a, b.jpg", label: 3), .init(name: "b.jpg", label: 5),
      .init(name: "c.jpg", label: 999),
    ])

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(path: folder.file("r.sqlite"))
    training = try store.startRun(
      NewRun(
        kind: .train, name: "tiny", configuration: #"{"a":{"b":[1,2.5]},"c":"x","d":null}"#,
        command: "realitygap train", versions: ["realitygap": "0.1"], commit: "abc"))
    try store.record(
      metrics: [
        MetricValue(step: 1, name: "train/mse", value: 0.5),
        MetricValue(step: 2, name: "train/mse", value: .nan),
        MetricValue(step: 2, name: "train/theta", value: 1e-7),
      ], run: training)
    try store.note("a \"note\",\nof two lines", run: training)
    try store.tag("best", value: "yes", run: training)
    try store.finishRun(training, status: .finished)
    evaluation = try store.startRun(
      NewRun(
        kind: .evaluate, name: "mine", configuration: "{}", command: "run", versions: [:]))
    let items = try store.register(dataset: Self.dataset)
    try store.register(weights: WeightsRecord(sha256: "w1", architecture: "vgg11", path: "/w.h5"))
    let cell = try store.beginEvaluation(
      NewEvaluation(
        identity: CellIdentity(
          model: "vgg11", weights: "w1", dataset: "f1", condition: .canonical, view: .canonical,
          engine: "openblas", precision: "float32"),
        experiment: "mine", experimentDigest: "e", datasetName: "photos", expected: 3,
        engineVersion: "1", threads: 1), run: evaluation)
    try store.record(
      items.enumerated().map { index, item in
        PredictionRecord(
          evaluation: cell, item: item, draw: 0,
          outcome: .predicted(
            Prediction(
              predicted: 3, labelRank: index, probability: 0.75, labelProbability: 0.25)))
      })
    try store.finishEvaluations([cell])
    try store.finishRun(evaluation, status: .finished)
  }

  func snapshot(_ id: Int64) throws -> RunSnapshot {
    try RunSnapshot(try #require(try store.run(id)), store: store)
  }
}
