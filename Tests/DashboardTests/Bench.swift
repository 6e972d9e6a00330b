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
    site = try DashboardSite(
      database,
      networks: DashboardNetworks(
        corrector: { _ in throw NoNetwork() }, stages: { _ in throw NoNetwork() },
        classifier: { _ in throw NoNetwork() }))
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// The answer to a request of a target such as `/runs/1?x=2`.
  func ask(
    _ target: String, method: HTTPMethod = .GET, headers: HTTPHeaders = [:], body: Data = Data()
  ) -> (status: Int, text: String, reply: Reply) {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    let request = HTTPRequest(
      method: method, version: .http11,
      target: HTTPRequest.Target(path: parts[0], query: parts.count > 1 ? parts[1] : ""),
      headers: headers, body: HTTPBodySequence())
    let reply = site.reply(to: request, body: body)
    return (reply.status.code, String(decoding: reply.body, as: UTF8.self), reply)
  }
}
