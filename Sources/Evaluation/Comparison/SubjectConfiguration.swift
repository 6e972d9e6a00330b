import Foundation
import Models
import Tracking

/// Everything that made a subject what it is, flattened.
enum SubjectConfiguration {
  /// A training run's; its training file's keys stand at the top.
  static func training(_ run: RunRecord, corrector: String?) -> [String: String] {
    var all: [String: String] = [:]
    for (key, value) in FlatConfiguration.flatten(json: run.configuration) {
      all[key.hasPrefix("training.") ? String(key.dropFirst("training.".count)) : key] = value
    }
    all["corrector.sha256"] = corrector
    return all.merging(facts(run)) { $1 }
  }

  /// An evaluation run's.
  static func evaluation(_ run: RunRecord) -> [String: String] {
    FlatConfiguration.flatten(json: run.configuration).merging(facts(run)) { $1 }
  }

  /// A cell's.
  static func cell(_ cell: EvaluationRecord, run: RunRecord?) -> [String: String] {
    let values: [(String, String?)] = [
      ("experiment", cell.experiment), ("experiment.sha256", cell.experimentSHA256),
      ("model", cell.model), ("weights.path", cell.weightsPath),
      ("weights.sha256", cell.weightsSHA256), ("dataset", cell.dataset),
      ("dataset.path", cell.datasetPath), ("dataset.kind", cell.datasetKind),
      ("dataset.fingerprint", cell.datasetFingerprint), ("dataset.images", "\(cell.itemCount)"),
      ("dataset.limit", cell.itemLimit.map { "\($0)" }), ("condition", cell.condition),
      ("view", cell.view), ("distortion", cell.distortion),
      ("seed", cell.seed.map { "\(UInt64(bitPattern: $0))" }), ("draws", "\(cell.draws)"),
      ("corrector.path", cell.correctorPath), ("corrector.sha256", cell.correctorSHA256),
      ("corrector.run", cell.correctorRunID.map { "\($0)" }), ("engine", cell.engine),
      ("engine.version", cell.engineVersion), ("precision", cell.precision),
      ("threads", "\(cell.threads)"),
    ]
    let present = values.compactMap { key, value in value.map { (key, $0) } }
    return Dictionary(present, uniquingKeysWith: { $1 })
      .merging(run.map(facts) ?? [:]) { $1 }
  }

  /// A corrector's file of which this database has no training run: what the file says itself.
  static func file(_ path: String, digest: String) throws -> [String: String] {
    let configuration = try CorrectorFile.load(path).configuration
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let json = String(decoding: try encoder.encode(configuration), as: UTF8.self)
    var all = ["corrector.path": path, "corrector.sha256": digest]
    for (key, value) in FlatConfiguration.flatten(json: json) { all["corrector.\(key)"] = value }
    for (key, value) in try CorrectorFile.notes(path) { all["corrector.notes.\(key)"] = value }
    return all
  }

  private static func facts(_ run: RunRecord) -> [String: String] {
    var all: [String: String] = [
      "run.name": run.name, "run.status": run.status.rawValue, "run.host": run.host,
      "run.command": run.command, "run.started": run.startedAt,
    ]
    all["run.finished"] = run.finishedAt
    all["run.commit"] = run.sourceCommit
    if run.resumed > 0 { all["run.resumed"] = "\(run.resumed)" }
    for (name, version) in FlatConfiguration.flatten(json: run.versions) {
      all["run.versions.\(name)"] = version
    }
    return all
  }
}
