import Foundation
import Support
import Synchronization

import Interchange

/// An MLflow server in memory that keeps what it was asked, and is as strict as the real one where it
/// matters: limits of a request, parameters that never change, values that are kept twice.
final class FakeMLflow: HTTPTransport {
  struct State {
    var requests: [HTTPRequest] = []
    var experiments: [String: String] = [:]
    var runs: [[String: JSONValue]] = []
    /// By run.
    var parameters: [String: [String: String]] = [:]
    var tags: [String: [String: String]] = [:]
    var metrics: [String: [JSONValue]] = [:]
    var files: [String: [UInt8]] = [:]
  }

  private let state = Mutex(State())
  private let artifacts: String
  /// Answers every request, where a test wants that.
  private let answer: (@Sendable (HTTPRequest) throws -> HTTPResponse)?

  init(
    artifacts: String = "mlflow-artifacts:/",
    answer: (@Sendable (HTTPRequest) throws -> HTTPResponse)? = nil
  ) {
    self.artifacts = artifacts
    self.answer = answer
  }

  var current: State { state.withLock { $0 } }

  /// The paths of the requests so far, without their common beginning.
  var paths: [String] {
    current.requests.map { request in
      let path = request.url.split(separator: "/api/2.0/").last ?? ""
      return "\(request.method) " + path.prefix { $0 != "?" }
    }
  }

  func send(_ request: HTTPRequest) throws -> HTTPResponse {
    try state.withLock { state in
      state.requests.append(request)
      if let answer { return try answer(request) }
      let parts = URLComponents(string: request.url)
      let path = parts?.path ?? ""
      if request.method == "PUT" {
        state.files[path.replacing("/api/2.0/mlflow-artifacts/artifacts/", with: "")] = request.body
        return HTTPResponse(status: 200, body: Array("{}".utf8))
      }
      var fields = JSONValue(json: String(decoding: request.body, as: UTF8.self)) ?? .null
      if request.method == "GET" {
        fields = .object(
          Dictionary(
            (parts?.queryItems ?? []).map { ($0.name, JSONValue.text($0.value ?? "")) },
            uniquingKeysWith: { first, _ in first }))
      }
      return try answer(path.replacing("/api/2.0/mlflow/", with: ""), fields, &state)
    }
  }

  /// A metric as MLflow's SQL store keeps it: numbers that are not finite come as the words that
  /// protocol buffers have for them, and the infinite is the largest number there is.
  private static func stored(_ metric: JSONValue) throws -> JSONValue {
    guard case .object(var fields) = metric, case .text(let word) = fields["value"] else {
      return metric
    }
    switch word {
    case "NaN": break
    case "Infinity": fields["value"] = .number(.greatestFiniteMagnitude)
    case "-Infinity": fields["value"] = .number(-.greatestFiniteMagnitude)
    default: throw UserError("not a number: \(word)")
    }
    return .object(fields)
  }

  private func answer(
    _ path: String, _ fields: JSONValue, _ state: inout State
  ) throws -> HTTPResponse {
    func text(_ name: String) -> String { fields[name]?.plain ?? "" }
    func good(_ value: JSONValue) throws -> HTTPResponse {
      HTTPResponse(status: 200, body: Array(try value.line().utf8))
    }
    func bad(_ code: String, _ status: Int) throws -> HTTPResponse {
      let value = JSONValue.object(["error_code": .text(code), "message": .text("no: \(path)")])
      return HTTPResponse(status: status, body: Array(try value.line().utf8))
    }
    func info(_ run: [String: JSONValue]) -> JSONValue { .object(["info": .object(run)]) }
    switch path {
    case "experiments/get-by-name":
      guard let id = state.experiments[text("experiment_name")] else {
        return try bad("RESOURCE_DOES_NOT_EXIST", 404)
      }
      return try good(.object(["experiment": .object(["experiment_id": .text(id)])]))
    case "experiments/create":
      state.experiments[text("name")] = "7"
      return try good(.object(["experiment_id": .text("7")]))
    case "runs/create":
      let id = "run\(state.runs.count)"
      var run: [String: JSONValue] = [
        "run_id": .text(id), "artifact_uri": .text("\(artifacts)7/\(id)/artifacts"),
      ]
      for name in ["run_name", "start_time"] { run[name] = fields[name] }
      state.runs.append(run)
      for tag in fields["tags"]?.elements ?? [] {
        state.tags[id, default: [:]][tag["key"]?.plain ?? ""] = tag["value"]?.plain
      }
      return try good(.object(["run": info(run)]))
    case "runs/search":
      let run = state.runs.first { run in
        let uid = state.tags[run["run_id"]?.plain ?? ""]?[MLflowExport.identityTag] ?? "?"
        return text("filter") == "tags.`realitygap.run_uid` = '\(uid)'"
      }
      return try good(run.map { .object(["runs": .list([info($0)])]) } ?? .object([:]))
    case "runs/log-batch":
      let id = text("run_id")
      let (metrics, parameters, tags) = (
        fields["metrics"]?.elements ?? [], fields["params"]?.elements ?? [],
        fields["tags"]?.elements ?? []
      )
      guard metrics.count <= 1000, parameters.count <= 100, tags.count <= 100 else {
        return try bad("INVALID_PARAMETER_VALUE", 400)
      }
      state.metrics[id, default: []] += try metrics.map(Self.stored)
      for parameter in parameters {
        let (key, value) = (parameter["key"]?.plain ?? "", parameter["value"]?.plain ?? "")
        guard state.parameters[id]?[key] ?? value == value, value.count <= 6000 else {
          return try bad("INVALID_PARAMETER_VALUE", 400)
        }
        state.parameters[id, default: [:]][key] = value
      }
      for tag in tags {
        state.tags[id, default: [:]][tag["key"]?.plain ?? ""] = tag["value"]?.plain
      }
      return try good(.object([:]))
    case "metrics/get-history":
      let all = (state.metrics[text("run_id")] ?? []).filter {
        $0["key"]?.plain == text("metric_key")
      }
      // Two a page.
      let start = Int(text("page_token")) ?? 0
      var page: [String: JSONValue] = ["metrics": .list(Array(all.dropFirst(start).prefix(2)))]
      if start + 2 < all.count { page["next_page_token"] = .text("\(start + 2)") }
      return try good(.object(page))
    case "runs/update":
      guard let index = state.runs.firstIndex(where: { $0["run_id"]?.plain == text("run_id") })
      else { return try bad("RESOURCE_DOES_NOT_EXIST", 404) }
      for name in ["status", "end_time"] { state.runs[index][name] = fields[name] }
      return try good(.object([:]))
    default: return try bad("ENDPOINT_NOT_FOUND", 404)
    }
  }
}
