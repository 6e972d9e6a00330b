import Models
import Support
import Tracking

/// Everything that made a subject what it is, flattened.
enum SubjectConfiguration {
  /// A training run's; its training file's keys stand at the top.
  static func training(_ run: RunRecord, corrector: String?) throws -> [String: String] {
    var all: [String: String] = [:]
    // What was changed of the file is among the settings already.
    for (key, value) in try configuration(of: run) where !key.hasPrefix("changes.") {
      all[key.hasPrefix("training.") ? String(key.dropFirst("training.".count)) : key] = value
    }
    all["corrector.sha256"] = corrector
    return all.merging(try facts(run)) { $1 }
  }

  /// An evaluation run's.
  static func evaluation(_ run: RunRecord) throws -> [String: String] {
    try configuration(of: run).merging(try facts(run)) { $1 }
  }

  private static func configuration(of run: RunRecord) throws -> [String: String] {
    try FlatConfiguration.flatten(
      json: run.configuration, name: "run \(run.id), its configuration")
  }

  /// A cell's.
  static func cell(_ cell: EvaluationRecord, run: RunRecord?) throws -> [String: String] {
    let values: [(String, String?)] = [
      ("experiment", cell.experiment), ("experiment.sha256", cell.experimentSHA256),
      ("model", cell.model), ("weights.path", cell.weightsPath),
      ("weights.sha256", cell.weightsSHA256), ("dataset", cell.dataset),
      ("dataset.path", cell.datasetPath), ("dataset.kind", cell.datasetKind),
      ("dataset.fingerprint", cell.datasetFingerprint), ("dataset.images", "\(cell.itemCount)"),
      ("dataset.limit", cell.itemLimit.map { "\($0)" }), ("condition", cell.condition.rawValue),
      ("view", cell.view.rawValue), ("distortion", cell.distortion),
      ("seed", cell.seed.map { "\(UInt64(bitPattern: $0))" }), ("draws", "\(cell.draws)"),
      ("corrector.path", cell.correctorPath), ("corrector.sha256", cell.correctorSHA256),
      ("corrector.run", cell.correctorRunID.map { "\($0)" }), ("engine", cell.engine),
      ("engine.version", cell.engineVersion), ("precision", cell.precision),
      ("threads", "\(cell.threads)"),
    ]
    let present = values.compactMap { key, value in value.map { (key, $0) } }
    return Dictionary(present, uniquingKeysWith: { $1 })
      .merging(try run.map(facts) ?? [:]) { $1 }
  }

  /// A corrector's file of which this database has no training run: what the file says itself.
  static func file(_ path: String, digest: String) throws -> [String: String] {
    let configuration = try CorrectorFile.load(path).configuration
    let json = try JSONValue.storedText(of: configuration)
    var all = ["corrector.path": path, "corrector.sha256": digest]
    let settings = try FlatConfiguration.flatten(json: json, name: path)
    for (key, value) in settings { all["corrector.\(key)"] = value }
    for (key, value) in try CorrectorFile.notes(path) { all["corrector.notes.\(key)"] = value }
    return all
  }

  private static func facts(_ run: RunRecord) throws -> [String: String] {
    var all: [String: String] = [
      "run.name": run.name, "run.status": run.status.rawValue, "run.host": run.host,
      "run.command": run.command, "run.started": run.startedAt,
    ]
    all["run.finished"] = run.finishedAt
    all["run.commit"] = run.sourceCommit
    if run.resumed > 0 { all["run.resumed"] = "\(run.resumed)" }
    let versions = try FlatConfiguration.flatten(
      json: run.versions, name: "run \(run.id), its versions")
    for (name, version) in versions {
      all["run.versions.\(name)"] = version
    }
    return all
  }
}
