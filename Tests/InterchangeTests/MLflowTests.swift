import Foundation
import Support
import Testing
import Tracking

import Interchange

@Suite("Export to MLflow")
struct MLflowTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private func export(_ transport: FakeMLflow, uri: String = "http://127.0.0.1:5000") throws
    -> MLflowExport
  {
    let server = try MLflowServer(uri: uri, environment: [:])
    return MLflowExport(MLflowClient(server: server, transport: transport))
  }

  @discardableResult
  private func send(_ run: Int64, to server: FakeMLflow) throws -> MLflowExport.Sent {
    let export = try export(server)
    return try export.send(
      try bench.snapshot(run), to: try export.experiment(named: "my runs & more"))
  }

  @Test("a run becomes an MLflow run with parameters, metrics, tags, note and state")
  func created() throws {
    let server = FakeMLflow()
    let sent = try send(bench.training, to: server)
    let record = try #require(try bench.store.run(bench.training))
    #expect(sent.isNew && sent.runID == "run0" && sent.metrics == 3)
    #expect(server.current.experiments == ["my runs & more": "7"])
    #expect(server.current.parameters["run0"] == ["a.b.0": "1", "a.b.1": "2.5", "c": "x"])
    let tags = try #require(server.current.tags["run0"])
    #expect(tags["realitygap.run_uid"] == record.uid && tags["best"] == "yes")
    #expect(
      tags["mlflow.note.content"] == record.notes && tags["mlflow.source.git.commit"] == "abc")
    #expect(tags["realitygap.version.realitygap"] == "0.1")
    let run = try #require(server.current.runs.first)
    #expect(run["status"] == .text("FINISHED") && run["run_name"] == .text("tiny"))
    let start = try #require(record.dates.start).timeIntervalSince1970 * 1000
    #expect(run["start_time"] == .integer(Int(start.rounded())))
    let metrics = try #require(server.current.metrics["run0"])
    #expect(metrics.map { $0["key"]?.plain } == ["train/mse", "train/mse", "train/theta"])
    #expect(metrics.map { $0["value"] } == [.number(0.5), .text("NaN"), .number(1e-7)])
    #expect(metrics.map { $0["step"] } == [.integer(1), .integer(2), .integer(2)])
    #expect(sent.notes == ["run 1: train/mse: 1 value from step 2 on: not a number; sent as NaN"])
  }

  @Test("a history that always has another page is left at the limit")
  func endless() throws {
    let answers: [(String, String)] = [
      ("get-by-name", #"{"experiment": {"experiment_id": "7"}}"#),
      ("search", #"{"runs": [{"info": {"run_id": "r"}}]}"#),
      ("get-history", #"{"metrics": [], "next_page_token": "1"}"#),
    ]
    let server = FakeMLflow { request in
      let body = answers.first { request.url.contains($0.0) }?.1 ?? "{}"
      return HTTPResponse(status: 200, body: Array(body.utf8))
    }
    let error = #expect(throws: UserError.self) { try send(bench.training, to: server) }
    #expect(error?.remedy?.contains("REALITYGAP_LIMIT_MLFLOW_PAGES") == true)
    #expect(server.current.requests.count < 10_100)
  }

  @Test("a cell's top-1 is a metric; what decided it are tags")
  func cells() throws {
    let server = FakeMLflow()
    try send(bench.evaluation, to: server)
    let metric = try #require(server.current.metrics["run0"]?.first)
    #expect(metric["key"] == .text("top1/photos/vgg11/canonical"))
    #expect(metric["value"] == .number(100.0 / 3))
    let tags = try #require(server.current.tags["run0"])
    #expect(tags["realitygap.weights.vgg11"] == "w1" && tags["realitygap.dataset.photos"] == "f1")
    #expect(tags["realitygap.cell.photos/vgg11/canonical"]?.hasPrefix("1 of 3, ") == true)
    #expect(tags["mlflow.note.content"]?.contains("| 33.33 | 1 | 3 |") == true)
  }

  @Test("exported again, the same run gets only what is new")
  func again() throws {
    let server = FakeMLflow()
    try send(bench.training, to: server)
    let before = server.current
    let second = try send(bench.training, to: server)
    #expect(!second.isNew && second.metrics == 0 && second.runID == "run0")
    #expect(server.current.runs.count == 1 && server.current.metrics == before.metrics)
    #expect(server.current.experiments.count == 1)
    try bench.store.record(
      metrics: (3..<8).map { MetricValue(step: $0, name: "train/mse", value: Double($0)) },
      run: bench.training)
    try bench.store.note("better", run: bench.training)
    #expect(try send(bench.training, to: server).metrics == 5)
    #expect(try send(bench.training, to: server).metrics == 0)
    #expect(server.current.tags["run0"]?["mlflow.note.content"] == "better")
    // Another run of the same name is another run.
    let twin = try bench.store.startRun(
      NewRun(kind: .train, name: "tiny", configuration: "{}", command: "", versions: [:]))
    #expect(try send(twin, to: server).runID == "run1")
    #expect(server.current.runs[1]["status"] == .text("RUNNING"))
  }

  @Test("what is not finite is sent once, though the server keeps the infinite as a large number")
  func notFinite() throws {
    let values: [Double] = [.infinity, -.infinity, .nan, 1e300]
    try bench.store.record(
      metrics: values.enumerated().map { MetricValue(step: $0, name: "loss", value: $1) },
      run: bench.training)
    let server = FakeMLflow()
    let sent = try send(bench.training, to: server)
    #expect(sent.metrics == 7)
    let loss = try #require(server.current.metrics["run0"]).filter { $0["key"] == .text("loss") }
    #expect(
      loss.map { $0["value"] } == [
        .number(.greatestFiniteMagnitude), .number(-.greatestFiniteMagnitude), .text("NaN"),
        .number(1e300),
      ])
    #expect(sent.notes.contains { $0.contains("loss: 2 values from step 0 on: infinite; sent") })
    #expect(sent.notes.contains { $0.contains("loss: 1 value from step 2 on: not a number") })
    #expect(try send(bench.training, to: server).metrics == 0)
  }

  @Test("no request is larger than MLflow takes; names and texts are cut to its limits")
  func limits() throws {
    let fields =
      (0..<250).map { "\"p\($0)\":\($0)" } + ["\"long\":\"\(String(repeating: "ü", count: 7000))\""]
    let run = try bench.store.startRun(
      NewRun(
        kind: .train, name: "big", configuration: "{\(fields.joined(separator: ","))}", command: "",
        versions: Dictionary(uniqueKeysWithValues: (0..<130).map { ("v\($0)", "1") })))
    try bench.store.record(
      metrics: (0..<2500).map { MetricValue(step: $0, name: "loss: α", value: 1) }, run: run)
    let server = FakeMLflow()
    #expect(try send(run, to: server).metrics == 2500)
    #expect(server.current.parameters["run0"]?.count == 251)
    #expect(server.current.parameters["run0"]?["long"]?.count == 6000)
    #expect(server.current.metrics["run0"]?.last?["key"] == .text("loss_ _"))
    #expect(server.paths.filter { $0.hasSuffix("log-batch") }.count == 3 + 2 + 3)
    #expect(MLflowLimits.name("a//../b") == "a/__/b")
  }

  @Test("files go through the server's proxy, by kind")
  func artifacts() throws {
    let path = try bench.folder.add("report 1.md", "# Report")
    try bench.store.record(
      artifact: Artifact(path: path, kind: "report", sha256: try FileDigest.sha256(path: path)),
      run: bench.training)
    for root in ["mlflow-artifacts:/", "mlflow-artifacts://host:5000/"] {
      let server = FakeMLflow(artifacts: root)
      #expect(try send(bench.training, to: server).artifacts == 1)
      #expect(
        server.current.files == ["7/run0/artifacts/report/report 1.md": Array("# Report".utf8)])
    }
    let elsewhere = try send(bench.training, to: FakeMLflow(artifacts: "/mnt/"))
    #expect(elsewhere.artifacts == 0)
    #expect(elsewhere.notes.last?.contains("--serve-artifacts") == true)
  }

  @Test("a server that cannot be reached, refuses or is none of MLflow's is one clear line")
  func failures() throws {
    func message(_ answer: @escaping @Sendable (HTTPRequest) throws -> HTTPResponse) -> String {
      let error = #expect(throws: UserError.self) {
        try send(bench.training, to: FakeMLflow(answer: answer))
      }
      return error?.description ?? ""
    }
    let unreachable = message { _ in throw TransportError("connection refused") }
    #expect(unreachable.hasPrefix("http://127.0.0.1:5000: cannot be reached (connection refused)"))
    #expect(message { _ in HTTPResponse(status: 401) }.contains("MLFLOW_TRACKING_TOKEN"))
    #expect(
      message { _ in HTTPResponse(status: 200, body: Array("<html>".utf8)) }.contains("not MLflow"))
    let refused = message { _ in
      HTTPResponse(status: 500, body: Array(#"{"error_code":"X","message":"a\nb"}"#.utf8))
    }
    #expect(refused.contains("status 500: a b"))
  }

  @Test("signing in as MLflow's own programs do, without showing the password")
  func credentials() throws {
    func header(_ uri: String, _ environment: [String: String] = [:]) throws -> String? {
      try MLflowServer(uri: uri, environment: environment).authorization
    }
    #expect(try header("http://h") == nil)
    #expect(try header("http://h", ["MLFLOW_TRACKING_TOKEN": "t"]) == "Bearer t")
    let both = [
      "MLFLOW_TRACKING_TOKEN": "t", "MLFLOW_TRACKING_USERNAME": "user",
      "MLFLOW_TRACKING_PASSWORD": "word",
    ]
    #expect(try header("https://h/x/", both) == "Basic dXNlcjp3b3Jk")
    let server = try MLflowServer(uri: "http://user:word@h:1/x/", environment: [:])
    #expect(server.authorization == "Basic dXNlcjp3b3Jk" && server.address == "http://h:1/x")
    let transport = FakeMLflow { _ in HTTPResponse(status: 403) }
    _ = try? MLflowExport(MLflowClient(server: server, transport: transport)).experiment(
      named: "a b")
    let request = try #require(transport.current.requests.first)
    #expect(request.headers["Authorization"] == "Basic dXNlcjp3b3Jk")
    #expect(
      request.url == "http://h:1/x/api/2.0/mlflow/experiments/get-by-name?experiment_name=a%20b")
    for bad in ["", "mlruns", "sqlite:///m.db", "http://", "ftp://user:word@h"] {
      let error = #expect(throws: UserError.self) { try header(bad) }
      #expect(error?.description.contains("word") == false)
    }
  }

  @Test("a server that repeats what signs in, or a reason that has it, shows it to nobody")
  func secrets() throws {
    let token = "tok-4711"
    let signs: [(String, [String: String])] = [
      ("http://h", ["MLFLOW_TRACKING_TOKEN": token]), ("http://user:\(token)@h", [:]),
      ("http://h", ["MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": token]),
    ]
    for (uri, environment) in signs {
      let server = try MLflowServer(uri: uri, environment: environment)
      func line(_ answer: @escaping @Sendable (HTTPRequest) throws -> HTTPResponse) -> String {
        let error = #expect(throws: UserError.self) {
          try MLflowExport(MLflowClient(server: server, transport: FakeMLflow(answer: answer)))
            .experiment(named: "x")
        }
        return error?.description ?? token
      }
      let header = try #require(server.authorization?.split(separator: " ").last)
      let repeated = line { request in
        let said = "no \(request.headers["Authorization"] ?? "") \(token)"
        return HTTPResponse(status: 500, body: Array(#"{"message":"\#(said)"}"#.utf8))
      }
      let unreachable = line { _ in throw TransportError("\(token)@h refused") }
      for text in [repeated, unreachable] {
        #expect(!text.contains(token) && !text.contains(header) && text.contains("…"))
      }
    }
    let error = #expect(throws: UserError.self) {
      try MLflowServer(uri: "ftp://h/?token=\(token)", environment: [:])
    }
    #expect(error?.description.contains(token) == false)
  }

  @Test("a run keeps its identity when it is continued")
  func identity() throws {
    let run = try bench.store.startRun(
      NewRun(kind: .train, name: "x", configuration: "{}", command: "", versions: [:]))
    let before = try #require(try bench.store.run(run)?.uid)
    try bench.store.finishRun(run, status: .interrupted)
    try bench.store.resumeRun(run)
    #expect(try bench.store.run(run)?.uid == before)
    #expect(try bench.store.run(bench.training)?.uid != before)
  }
}
