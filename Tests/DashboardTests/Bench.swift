import Dashboard
import FlyingFox
import Foundation
import Support
import Tracking

/// A database with a training run, a site of it, and what asks for its pages.
struct Bench {
  let folder: String
  let store: Store
  let database: WatchedDatabase
  let site: DashboardSite
  let run: Int64

  /// Thrown by networks, of which tests of pages have none.
  struct NoNetwork: Error {}

  init(name: String = "sample") throws {
    folder = NSTemporaryDirectory() + "/realitygap-dashboard-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/results.sqlite"
    store = try Store(path: path)
    run = try store.startRun(
      NewRun(
        kind: .train, name: name,
        configuration:
          #"{"training":{"phases":[{"name":"a","steps":10},{"name":"b","steps":10}]}}"#,
        command: "realitygap train", versions: ["realitygap": "0.1"]))
    try store.record(
      metrics: (1...20).map {
        MetricValue(
          step: $0, name: "train/loss", value: Double($0), phase: $0 <= 10 ? "a" : "b")
      }, run: run)
    database = try WatchedDatabase(path: path)
    site = try DashboardSite(database, networks: Self.noNetworks)
  }

  /// Networks that there are not.
  static let noNetworks = DashboardNetworks(
    corrector: { _ in throw NoNetwork() }, stages: { _ in throw NoNetwork() },
    classifier: { _ in throw NoNetwork() })

  /// A request of a target such as `/runs/1?x=2`.
  static func request(
    _ target: String, method: HTTPMethod = .GET, headers: HTTPHeaders = [:]
  ) -> HTTPRequest {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    return HTTPRequest(
      method: method, version: .http11,
      target: HTTPRequest.Target(path: parts[0], query: parts.count > 1 ? parts[1] : ""),
      headers: headers, body: HTTPBodySequence())
  }

  /// Adds an experiment of two images in two draws: a distorted cell that is right in half of the draws, and
  /// a corrected one that is right in all.
  ///
  /// - Parameter wrong: the class that is predicted where it is not right.
  func addCells(
    engine: String = "openblas", wrong: Int = 7
  ) throws -> (distorted: Int64, corrected: Int64) {
    let items = try store.register(
      dataset: DatasetRecord(
        fingerprint: "f1", name: "set", kind: "labelled-folder", path: "\(folder)/no-photos",
        items: [.init(name: "a.jpg", label: 3), .init(name: "b.jpg", label: 5)]))
    try store.register(
      weights: WeightsRecord(sha256: "w1", architecture: "squeezenet1_1", path: "/no/w.h5"))
    let run = try store.startRun(
      NewRun(
        kind: .evaluate, name: "little", configuration: "{}", command: "realitygap run",
        versions: ["realitygap": "0.1"]))
    func cell(_ condition: Condition, _ corrector: String?) throws -> Int64 {
      let cell = try store.beginEvaluation(
        NewEvaluation(
          identity: CellIdentity(
            model: "squeezenet1_1", weights: "w1", dataset: "f1", condition: condition,
            view: .distorted, distortion: "paper", corrector: corrector, seed: 1, draws: 2,
            engine: engine, precision: "float32"),
          experiment: "little", experimentDigest: "e1", datasetName: "set", expected: 4,
          engineVersion: "1", threads: 1), run: run)
      try store.record(
        items.flatMap { item in
          (0..<2).map { draw in
            let isRight = condition == .corrected || draw == 0
            return PredictionRecord(
              evaluation: cell, item: item, draw: draw,
              outcome: .predicted(
                Prediction(
                  predicted: isRight ? (item == items[0] ? 3 : 5) : wrong,
                  labelRank: isRight ? 0 : 4,
                  probability: 0.75, labelProbability: 0.2)))
          }
        })
      try store.finishEvaluations([cell])
      return cell
    }
    let cells = (try cell(.distorted, nil), try cell(.corrected, "g1"))
    try store.finishRun(run, status: .finished)
    return cells
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// The answer to a request of a target such as `/runs/1?x=2`.
  func ask(
    _ target: String, method: HTTPMethod = .GET, headers: HTTPHeaders = [:], body: Data = Data()
  ) -> (status: Int, text: String, reply: Reply) {
    let reply = site.reply(to: Self.request(target, method: method, headers: headers), body: body)
    return (reply.status.code, String(decoding: reply.body, as: UTF8.self), reply)
  }
}
