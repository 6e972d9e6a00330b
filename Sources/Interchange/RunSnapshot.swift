import Foundation
import Support
import Tracking

/// A run with everything that belongs to it, for export to other trackers.
public struct RunSnapshot: Sendable {
  /// The run's row.
  public let record: RunRecord
  /// The configuration, flattened; in the order of the names.
  public let parameters: [(name: String, value: String)]
  /// By component.
  public let versions: [String: String]
  /// By step, then name.
  public let metrics: [TimedMetric]
  /// The finished cells that the run computed.
  let cells: [SnapshotCell]
  /// By name.
  public let tags: [String: String]
  /// Files of the run that are as they were written.
  public let files: [Artifact]
  /// When it started.
  public let start: Date
  /// Notes for the user, one line each: files that have changed since the run wrote them,
  /// configurations that cannot be read.
  public let notes: [String]

  /// - Throws: `UserError` when the database cannot be read or says no time when the run started.
  public init(_ record: RunRecord, store: Store) throws {
    guard let start = record.dates.start else {
      throw UserError("\(store.path): run \(record.id): \"\(record.startedAt)\" is not a time")
    }
    var (files, notes) = ([Artifact](), [String]())
    let cells = try SnapshotCell.all(run: record.id, store: store)
    var artifacts = try store.artifacts(run: record.id)
    // What images were corrected by belongs to the run as well as what it wrote.
    for evaluation in cells.map(\.record) {
      guard let digest = evaluation.correctorSHA256, let path = evaluation.correctorPath,
        !artifacts.contains(where: { $0.sha256 == digest })
      else { continue }
      artifacts.append(Artifact(path: path, kind: "corrector", sha256: digest))
    }
    for artifact in artifacts {
      if (try? FileDigest.sha256(path: artifact.path)) == artifact.sha256 {
        files.append(artifact)
      } else {
        notes.append(
          "run \(record.id): \(artifact.path) is missing or changed since the run; left out")
      }
    }
    let (configuration, versions) = (
      JSONValue(json: record.configuration), JSONValue(json: record.versions)
    )
    let unread = [("configuration", configuration), ("versions", versions)].filter { $1 == nil }
    notes += unread.map { "run \(record.id): its \($0.0) cannot be read as JSON; left out" }
    (self.record, self.start, self.cells) = (record, start, cells)
    (self.files, self.notes) = (files, notes)
    parameters = configuration?.settings ?? []
    self.versions = Dictionary(
      versions?.settings.map { ($0.name, $0.value) } ?? [], uniquingKeysWith: { first, _ in first }
    )
    metrics = try store.timedMetrics(run: record.id)
    tags = try store.tags(run: record.id)
    let phases = Set(metrics.map(\.metric).filter { $0.name.hasPrefix("train/") }.map(\.phase))
    hasPhases = phases.count > 1
  }

  /// Whether it trained in several phases.
  private let hasPhases: Bool

  /// What a metric is called in other trackers, which draw one line for each name and look for its
  /// best value: a loss of a run with several phases has its phase behind it, `train/loss/detail`.
  package func name(of metric: MetricValue) -> String {
    guard hasPhases, metric.name.hasPrefix("train/"), let phase = metric.phase else {
      return metric.name
    }
    return "\(metric.name)/\(phase)"
  }
}

extension Artifact {
  /// Without its folder.
  var name: String { URL(fileURLWithPath: path).lastPathComponent }

  /// The step of a validation's picture, `validation-<step>.jpg`.
  package var step: Int? {
    guard kind == "samples", name.hasPrefix("validation-"), name.hasSuffix(".jpg") else {
      return nil
    }
    return Int(name.dropFirst(11).dropLast(4))
  }
}

/// A finished cell of a run, as the first experiment by name shows it, with its sums.
struct SnapshotCell: Sendable {
  let record: EvaluationRecord
  let sums: CellSummary

  /// Those that a run computed, oldest first.
  static func all(run id: Int64, store: Store) throws -> [SnapshotCell] {
    let records = try store.evaluationRecords(run: id).sorted {
      ($0.experiment, $0.dataset) < ($1.experiment, $1.dataset)
    }
    return try store.cells(run: id).filter(\.isFinished).compactMap { sums in
      records.first { $0.id == sums.evaluation }.map { SnapshotCell(record: $0, sums: sums) }
    }
  }

  /// `<dataset>/<model>/<condition>`, and the first digits of the corrector's SHA-256 where it has one.
  var name: String {
    ([record.dataset, record.model, record.condition.rawValue]
      + [record.correctorSHA256.map { String($0.prefix(8)) }].compactMap { $0 })
      .joined(separator: "/")
  }
}

extension JSONValue {
  /// The leaves by their paths, `a.b.0`; `null` and what is empty is left out.
  var settings: [(name: String, value: String)] {
    leaves(.positions).map { ($0.path, $0.value.plain) }.filter { !$0.1.isEmpty }
  }
}
