import Evaluation
import Foundation
import Support
import Tracking

/// Everything that the store knows of one run.
public struct RunPage: Sendable {
  /// The run's row.
  public let run: RunRecord
  /// By name; empty values for mere marks.
  public let tags: [String: String]
  /// By name.
  public let metrics: [MetricSummary]
  /// The cells that it owns or asks for.
  public let cells: [CellSummary]
  /// In the order in which they were first written.
  public let artifacts: [Artifact]
  /// What was found in its data.
  public let dataNotes: [DataNote]
  /// Photos that a training run could not use.
  public let leftOut: [LeftOutItem]

  /// - Returns: `nil` when there is no such run.
  public init?(_ id: Int64, store: Store) throws {
    guard let run = try store.run(id) else { return nil }
    self.run = run
    tags = try store.tags(run: id)
    metrics = MetricSummary.all(try store.metrics(run: id))
    artifacts = try store.artifacts(run: id)
    dataNotes = try store.dataNotes(run: id)
    leftOut = try store.leftOut(run: id)
    let configuration = run.evaluation
    cells = try store.cells().filter {
      $0.run == id || configuration?.asks(for: $0.identity) == true
    }
  }

  /// For a terminal, set for `TableMedium.current`: facts, configuration, cells, metrics, artifacts.
  public var text: String {
    var text = Self.list(Self.facts(run, tags: tags))
    text += "\nConfiguration\n\n" + Self.list(Self.configuration(run))
    let changes = Self.changes(run)
    if !changes.isEmpty {
      text += "\nDifferent from the training file\n\n" + Self.list(changes)
    }
    if !dataNotes.isEmpty || !leftOut.isEmpty {
      let lines =
        dataNotes.forReading.map { ($0.dataset, $0.text) }
        + leftOut.map { ($0.dataset, "left out \($0.item): \($0.reason)") }
      text += "\nData\n\n" + Self.list(lines)
    }
    if !cells.isEmpty { text += "\nCells\n\n\(cellTable.text)" }
    if !metrics.isEmpty { text += "\nMetrics\n\n\(metricTable.text)" }
    if !artifacts.isEmpty {
      let table = Table(
        columns: ["artifact", "file", "SHA-256"], labels: 3,
        rows: artifacts.map { [$0.kind, $0.path, $0.sha256] })
      text += "\nArtifacts\n\n\(table.text)"
    }
    return text
  }

  /// What there is to say of a run itself, by name.
  package static func facts(_ run: RunRecord, tags: [String: String]) -> [(String, String)] {
    let optional: [(String, String?)] = [
      ("run", "\(run.id)"), ("kind", run.kind.rawValue), ("name", run.name),
      ("status", run.status.rawValue), ("error", run.error), ("started", run.startedAt),
      ("finished", run.finishedAt), ("duration", run.duration.map(DurationText.clock)),
      ("resumed", run.resumed > 0 ? "\(run.resumed) times" : nil),
      ("command", run.command.isEmpty ? nil : run.command), ("commit", run.sourceCommit),
      ("versions", JSONValue(json: run.versions).map(RunColumn.text)),
      ("host", "\(run.host), process \(run.pid)"),
      ("tags", tags.isEmpty ? nil : RunColumn.text(.object(tags.mapValues(JSONValue.text)))),
      ("notes", run.notes.isEmpty ? nil : run.notes),
    ]
    return optional.compactMap { name, value in value.map { (name, $0) } }
  }

  /// Every value of a run's configuration by its path.
  package static func configuration(_ run: RunRecord) -> [(String, String)] {
    (JSONValue(json: run.configuration) ?? .null).leaves(.brackets).map {
      ($0.path, RunColumn.text($0.value))
    }
  }

  /// What options changed of a training run's file, each with what the file says.
  package static func changes(_ run: RunRecord) -> [(String, String)] {
    (run.training?.changes ?? []).map { ($0.key, $0.text) }
  }

  private var cellTable: Table {
    var table = Table(
      columns: [
        "model", "dataset", "condition", "corrector", "draws", "results", "top-1 %", "run",
      ], labels: 4,
      rows: cells.map { cell in
        let results = cell.predicted + cell.failed
        return [
          cell.identity.model, cell.dataset, cell.identity.condition.rawValue,
          cell.identity.corrector.map { String($0.prefix(12)) } ?? "–", "\(cell.identity.draws)",
          (cell.isFinished ? "" : "\(Numbers.count(results)) of ") + Numbers.count(cell.expected)
            + (cell.failed > 0 ? " (\(cell.failed) failed)" : ""),
          cell.isFinished ? cell.top1.map(Numbers.percent) ?? "–" : "not finished", "\(cell.run)",
        ]
      })
    table.ranks = [9, 8, 7, 3, 2, 4, 6, 5]
    return table
  }

  private var metricTable: Table {
    var table = Table(
      columns: ["metric", "phase", "values", "first", "last", "best", "at step", "curve"],
      alignments: [.left, .left, .right, .right, .right, .right, .right, .left],
      rows: metrics.flatMap { metric in
        let best = metric.isBetterHigh ? "highest" : "lowest"
        return metric.phases.map { phase in
          [
            metric.name, phase.name ?? "–", Numbers.count(phase.values.count),
            Numbers.short(phase.values.first?.value ?? .nan), Numbers.short(phase.last.value),
            phase.best.map { "\(Numbers.short($0.value)) (\(best))" } ?? "–",
            phase.best.map { "\($0.step)" } ?? "–", Sparkline.text(phase.values.map(\.value)),
          ]
        }
      })
    table.ranks = [9, 7, 2, 4, 8, 7, 5, 1]
    return table
  }

  /// Names and values side by side; further lines of a value stand below its first.
  private static func list(_ entries: [(String, String)]) -> String {
    let width = entries.map(\.0.count).max() ?? 0
    return entries.map { name, value in
      let padding = String(repeating: " ", count: width - name.count)
      let lines = lines(value, indent: width + 2)
      let indent = "\n" + String(repeating: " ", count: width + 2)
      return "\(name)\(padding)  \(lines.joined(separator: indent))\n"
    }.joined()
  }

  /// The lines of a value beside a name, wrapped where the medium is narrow.
  private static func lines(_ value: String, indent: Int) -> [String] {
    guard let columns = TableMedium.current.columns, columns - indent >= 20 else {
      return value.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        .map(String.init)
    }
    return TerminalText.wrap(value, to: columns - indent)
  }

  /// One object on one line.
  public func json() throws -> String {
    try JSONValue.object([
      "id": .integer(Int(run.id)), "kind": .text(run.kind.rawValue), "name": .text(run.name),
      "status": .text(run.status.rawValue), "started": .text(run.startedAt),
      "finished": .optional(run.finishedAt), "duration": .optional(run.duration),
      "resumed": .integer(run.resumed), "command": .text(run.command),
      "commit": .optional(run.sourceCommit), "host": .text(run.host),
      "pid": .integer(Int(run.pid)), "error": .optional(run.error), "notes": .text(run.notes),
      "tags": .object(tags.mapValues(JSONValue.text)),
      "versions": JSONValue(json: run.versions) ?? .null,
      "configuration": JSONValue(json: run.configuration) ?? .null,
      "data_notes": .list(
        dataNotes.map { .object(["dataset": .text($0.dataset), "note": .text($0.text)]) }),
      "left_out": try JSONValue(encoding: leftOut),
      "metrics": .list(metrics.map(\.json)),
      "cells": .list(cells.map(Self.json)),
      "artifacts": try JSONValue(encoding: artifacts),
    ]).line()
  }

  private static func json(_ cell: CellSummary) -> JSONValue {
    .object([
      "evaluation": .integer(Int(cell.evaluation)), "run": .integer(Int(cell.run)),
      "model": .text(cell.identity.model), "dataset": .text(cell.dataset),
      "condition": .text(cell.identity.condition.rawValue),
      "weights": .text(cell.identity.weights), "fingerprint": .text(cell.identity.dataset),
      "corrector": .optional(cell.identity.corrector),
      "seed": cell.identity.seed.map { .integer(Int(truncatingIfNeeded: $0)) } ?? .null,
      "draws": .integer(cell.identity.draws), "expected": .integer(cell.expected),
      "correct": .integer(cell.correct), "predicted": .integer(cell.predicted),
      "failed": .integer(cell.failed), "finished": .flag(cell.isFinished),
      "top1": cell.isFinished ? .optional(cell.top1) : .null,
    ])
  }
}

extension YAMLSettings.Change {
  /// Beside its key.
  fileprivate var text: String { "\(value) (\(file.map { "file: \($0)" } ?? "not in the file"))" }
}
