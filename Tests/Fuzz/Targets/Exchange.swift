@testable import Dashboard
@testable import Evaluation
import CFuzzer
import FlyingFox
import Foundation
@testable import Interchange
import Support
import Tracking

extension FuzzTarget {
  static let exchange = [
    FuzzTarget("worker", expects: { $0 is WorkerFailure }) { bytes in
      _ = try Place.file(bytes)
      let descriptor = rg_fuzz_file(-1, bytes.baseAddress, bytes.count)
      let streams = WorkerStreams(input: -1, output: descriptor, errors: -1)
      defer { streams.closeOutput() }
      _ = try WorkerHello(line: try streams.line(), classes: 1000).source
      var number: UInt32 = 0
      while try streams.answer(toBatch: number, classes: 1000, most: { 4 }) != nil { number += 1 }
    },
    FuzzTarget("request", expects: { $0 is RequestHead.Fault }) { bytes in
      let end = bytes.indices.first { bytes[$0...].starts(with: [10, 10]) } ?? bytes.count
      let head = try RequestHead(bytes[..<end])
      guard HostGuard(host: "127.0.0.1").allows(head.headers[.host]),
        CrossSiteGuard.allows(head.method, head.headers)
      else { return }
      let request = FlyingFox.HTTPRequest(
        method: head.method, version: head.version, target: head.target, headers: head.headers,
        body: HTTPBodySequence())
      let site = try Self.site.get()
      let body = site.takesBody(request) ? Data(bytes[min(end + 2, bytes.count)...]) : Data()
      let reply = site.reply(to: request, body: body)
      guard reply.status.code != 500 else { fatalError("an internal error for a request") }
    },
    FuzzTarget("mlflow") { bytes in
      let client = MLflowClient(
        server: try MLflowServer(uri: "http://127.0.0.1:5000", environment: [:]),
        transport: Answers([UInt8](bytes)))
      let export = MLflowExport(client)
      let experiment = try export.experiment(named: "sample")
      _ = try export.send(try snapshot.get(), to: experiment)
    },
  ]

  /// A database with a run.
  private static let store = Result {
    let store = try Store(path: "\(Place.folder)/site.sqlite")
    let run = try store.startRun(
      NewRun(
        kind: .train, name: "sample",
        configuration: #"{"training":{"phases":[{"name":"a","steps":10}]}}"#,
        command: "realitygap train", versions: ["realitygap": "0.1"]))
    try store.record(
      metrics: (1...20).map {
        MetricValue(step: $0, name: "train/loss", value: Double($0), phase: "a")
      }, run: run)
    return store
  }

  private static let snapshot = Result {
    let store = try Self.store.get()
    guard let run = try store.runs().first else { throw NotKept() }
    return try RunSnapshot(run, store: store)
  }

  private static let noNetwork = UserError("no network")

  private static let site = Result {
    let path = try Self.store.get().path
    return try DashboardSite(
      try WatchedDatabase(path: path),
      networks: DashboardNetworks(
        corrector: { _ in throw noNetwork }, stages: { _ in throw noNetwork },
        classifier: { _ in throw noNetwork }))
  }
}

/// A server that answers with the pieces of an input between zero bytes, each after a byte for its status,
/// again and again.
private final class Answers: HTTPTransport, @unchecked Sendable {
  private let pieces: [Interchange.HTTPResponse]
  private var next = 0

  init(_ bytes: [UInt8]) {
    pieces = bytes.split(separator: 0).map { piece in
      let statuses = [200, 200, 200, 404, 400, 401, 500, 302]
      return Interchange.HTTPResponse(
        status: statuses[Int(piece.first ?? 0) % statuses.count], body: Array(piece.dropFirst()))
    }
  }

  func send(_ request: Interchange.HTTPRequest) throws -> Interchange.HTTPResponse {
    // An export asks no more than this of a server that lets it.
    guard !pieces.isEmpty, next < 20_000 else { throw TransportError("no answer") }
    defer { next += 1 }
    return pieces[next % pieces.count]
  }
}
