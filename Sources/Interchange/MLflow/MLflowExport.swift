import Foundation
import Support
import Tracking

/// Runs as MLflow's. A run is known by the tag `realitygap.run_uid`, so that exporting it again
/// updates the same MLflow run.
public struct MLflowExport: Sendable {
  /// What was sent.
  public struct Sent: Sendable {
    /// MLflow's id.
    public let runID: String
    /// Whether MLflow did not have the run.
    public let isNew: Bool
    /// Values of metrics that it did not have.
    public let metrics: Int
    /// Files uploaded.
    public let artifacts: Int
    /// Notes for the user, one line each.
    public let notes: [String]
  }

  private let client: MLflowClient
  private let sendsArtifacts: Bool

  /// The tag that has `RunRecord.uid`.
  package static let identityTag = "realitygap.run_uid"

  /// - Parameter sendsArtifacts: whether files are uploaded, too.
  public init(_ client: MLflowClient, sendsArtifacts: Bool = true) {
    self.client = client
    self.sendsArtifacts = sendsArtifacts
  }

  /// The id of MLflow's experiment of a name, which is created if missing.
  ///
  /// - Throws: `UserError` when the server cannot be reached, refuses, or has deleted the experiment.
  public func experiment(named name: String) throws -> String {
    if let known = try client.call(
      "GET", "experiments/get-by-name", ["experiment_name": .text(name)])?["experiment"]
    {
      guard known["lifecycle_stage"]?.plain != "deleted" else {
        throw UserError(
          "--experiment-name \(name): MLflow's experiment is deleted",
          remedy: "restore it, or choose another name")
      }
      return try Self.id(known)
    }
    return try Self.id(
      try client.require("POST", "experiments/create", ["name": .text(name)]))
  }

  private static func id(_ experiment: JSONValue) throws -> String {
    guard let id = experiment["experiment_id"]?.plain, !id.isEmpty else {
      throw UserError("MLflow's response names no experiment", remedy: "check --tracking-uri")
    }
    return id
  }

  /// Creates a run or brings it up to date.
  ///
  /// - Parameter experiment: MLflow's id.
  /// - Throws: `UserError` when the server cannot be reached or refuses.
  public func send(_ run: RunSnapshot, to experiment: String) throws -> Sent {
    let known = try find(run, in: experiment)
    let info = try known ?? create(run, in: experiment)
    guard let id = info["run_id"]?.plain, !id.isEmpty else {
      throw UserError("MLflow's response names no run", remedy: "check --tracking-uri")
    }
    var metrics = MLflowContent.metrics(of: run)
    if known != nil { metrics = try missing(metrics, run: id) }
    try log(run, metrics: metrics, id: id)
    let files = sendsArtifacts ? try upload(run, root: info["artifact_uri"]?.plain ?? "") : (0, [])
    // Last, so that a run that was sent in part is not called finished.
    var update: [String: JSONValue] = [
      "run_id": .text(id), "run_name": .text(run.record.name),
      "status": .text(MLflowContent.status(run.record.status)),
    ]
    if let end = run.record.dates.end { update["end_time"] = MLflowContent.time(end) }
    try client.require("POST", "runs/update", update)
    return Sent(
      runID: id, isNew: known == nil, metrics: metrics.count, artifacts: files.0,
      notes: MLflowContent.notes(on: run) + files.1)
  }

  /// The `info` of the run that has our tag.
  private func find(_ run: RunSnapshot, in experiment: String) throws -> JSONValue? {
    let answer = try client.require(
      "POST", "runs/search",
      [
        "experiment_ids": .list([.text(experiment)]), "max_results": .integer(1),
        "filter": .text("tags.`\(Self.identityTag)` = '\(run.record.uid)'"),
      ])
    return answer["runs"]?.elements.first?["info"]
  }

  private func create(_ run: RunSnapshot, in experiment: String) throws -> JSONValue {
    var fields: [String: JSONValue] = [
      "experiment_id": .text(experiment), "run_name": .text(run.record.name),
      "tags": .list([MLflowContent.tag(Self.identityTag, run.record.uid)]),
    ]
    if let start = run.record.dates.start { fields["start_time"] = MLflowContent.time(start) }
    let answer = try client.require("POST", "runs/create", fields)
    return answer["run"]?["info"] ?? .null
  }

  /// The values that the server does not have yet: some of its stores would keep them twice.
  private func missing(
    _ metrics: [MLflowContent.Metric], run id: String
  ) throws -> [MLflowContent.Metric] {
    var known: Set<[String]> = []
    for name in Set(metrics.map(\.name)).sorted() {
      var page = ""
      var pages = 0
      repeat {
        pages += 1
        try Limits.mlflowPages.check(pages, "MLflow's history of \(name)")
        var fields: [String: JSONValue] = [
          "run_id": .text(id), "metric_key": .text(name), "max_results": .integer(25_000),
        ]
        if !page.isEmpty { fields["page_token"] = .text(page) }
        let answer = try client.call("GET", "metrics/get-history", fields)
        known.formUnion(
          try (answer?["metrics"]?.elements ?? []).map { try Self.metric($0).stored })
        page = answer?["next_page_token"]?.plain ?? ""
      } while !page.isEmpty
    }
    return metrics.filter { !known.contains($0.stored) }
  }

  private static func metric(_ json: JSONValue) throws -> MLflowContent.Metric {
    guard let metric = MLflowContent.Metric(json) else {
      throw UserError(
        "MLflow's response to metrics/get-history is not understood",
        remedy: "check --tracking-uri")
    }
    return metric
  }

  private func log(_ run: RunSnapshot, metrics: [MLflowContent.Metric], id: String) throws {
    func batch(_ kind: String, _ values: some Sequence<JSONValue>) throws {
      try client.require(
        "POST", "runs/log-batch", ["run_id": .text(id), kind: .list(Array(values))])
    }
    for piece in MLflowContent.parameters(of: run).pieces(of: MLflowLimits.parameters) {
      try batch("params", piece)
    }
    for piece in MLflowContent.tags(of: run).pieces(of: MLflowLimits.tags) {
      try batch("tags", piece)
    }
    for piece in metrics.pieces(of: MLflowLimits.metrics) {
      try batch("metrics", piece.map(\.json))
    }
  }

  /// Sends the run's files, those of one kind in a folder of their own.
  private func upload(_ run: RunSnapshot, root: String) throws -> (Int, [String]) {
    guard !run.files.isEmpty else { return (0, []) }
    let scheme = "mlflow-artifacts:/"
    guard root.hasPrefix(scheme) else {
      return (
        0,
        [
          "run \(run.record.id): MLflow keeps artifacts at \(root), which only its own clients can "
            + "write to; start the server with --serve-artifacts to upload files"
        ]
      )
    }
    // `mlflow-artifacts://host:port/1/…` names the host too.
    var path = String(root.dropFirst(scheme.count))
    if path.hasPrefix("/") {
      path = path.dropFirst().split(separator: "/", maxSplits: 1).dropFirst().joined()
    }
    var names: Set<String> = []
    for file in run.files {
      guard let data = FileManager.default.contents(atPath: file.path) else {
        throw UserError("\(file.path): cannot be read")
      }
      var name = "\(file.kind)/\(file.name)"
      if !names.insert(name).inserted {
        name = "\(file.kind)/\(file.sha256.prefix(8))-\(file.name)"
      }
      try client.upload([UInt8](data), to: "\(path)/\(name)")
    }
    return (run.files.count, [])
  }
}
