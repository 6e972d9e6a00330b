import Evaluation
import Foundation
import Support
import Tracking

/// A column of a list of runs.
public struct RunColumn: Sendable {
  /// Its heading, and its key for programs.
  public let name: String
  /// Whether its texts stand right.
  public let isNumber: Bool
  /// What programs get.
  public let value: @Sendable (RunSummary) -> JSONValue
  /// What people get.
  public let text: @Sendable (RunSummary) -> String
  /// The training phase of a value, where values of several phases do not compare.
  let phase: (@Sendable (RunSummary) -> String?)?

  init(
    _ name: String, isNumber: Bool = false, text: (@Sendable (RunSummary) -> String)? = nil,
    phase: (@Sendable (RunSummary) -> String?)? = nil,
    _ value: @escaping @Sendable (RunSummary) -> JSONValue
  ) {
    (self.name, self.isNumber, self.value, self.phase) = (name, isNumber, value, phase)
    self.text = text ?? { Self.text(value($0)) }
  }

  /// The columns that there always are.
  public static let all: [RunColumn] = [
    RunColumn("id", isNumber: true) { .integer(Int($0.run.id)) },
    RunColumn("kind") { .text($0.run.kind.rawValue) },
    RunColumn("name") { .text($0.run.name) },
    RunColumn("status") { .text($0.run.status.rawValue) },
    RunColumn("started", text: { time($0.run.startedAt) }) { .text($0.run.startedAt) },
    RunColumn("finished", text: { $0.run.finishedAt.map(time) ?? "–" }) {
      .optional($0.run.finishedAt)
    },
    RunColumn(
      "duration", isNumber: true, text: { $0.run.duration.map(DurationText.clock) ?? "–" },
      { .optional($0.run.duration) }),
    RunColumn("resumed", isNumber: true) { .integer($0.run.resumed) },
    RunColumn("shard") { .optional($0.run.evaluation?.shard) },
    RunColumn("models") { .list(Set($0.cells.map(\.identity.model)).sorted().map(JSONValue.text)) },
    RunColumn("cells", isNumber: true, text: cells) { .integer($0.cells.count) },
    RunColumn("top1", text: top1) {
      .object($0.top1.mapValues { .optional($0) })
    },
    RunColumn("corrector", text: correctors) {
      .list(
        Self.correctors($0).map {
          .object(["name": .optional($0.name), "sha256": .text($0.digest)])
        })
    },
    RunColumn("result", text: result) { .object($0.result.mapValues(JSONValue.number)) },
    RunColumn("loss", isNumber: true) { .optional($0.last("loss")) },
    RunColumn("psnr", isNumber: true) { .optional($0.last("psnr")) },
    RunColumn("tags") { .object($0.tags.mapValues(JSONValue.text)) },
    RunColumn("notes") { .text($0.run.notes) },
    RunColumn("error") { .optional($0.run.error) },
    RunColumn("command") { .text($0.run.command) },
    RunColumn("commit") { .optional($0.run.sourceCommit) },
    RunColumn("host") { .text($0.run.host) },
    RunColumn("pid", isNumber: true) { .integer(Int($0.run.pid)) },
    RunColumn("versions") { JSONValue(json: $0.run.versions) ?? .null },
  ]

  /// What a list shows by default.
  public static let usual = [
    "id", "kind", "name", "status", "started", "duration", "cells", "corrector", "result", "tags",
  ]

  /// Its priority in a list without room for all columns: the higher, the longer it stays.
  /// Columns that are not usual were asked for.
  var rank: Int { Self.ranks[name] ?? (Self.usual.contains(name) ? 3 : 8) }

  private static let ranks = [
    "id": 9, "name": 8, "result": 8, "status": 7, "corrector": 6, "started": 5, "kind": 4,
    "duration": 2, "cells": 1,
  ]

  /// The column of a name: one of `all`, `metric:NAME` (its last value), `metric:NAME@PHASE` (its
  /// last value in a training phase) or `tag:NAME`.
  ///
  /// - Parameters:
  ///   - metrics: those that any run has.
  ///   - tags: those that any run has.
  /// - Throws: `UserError` listing the names, with the nearest, when there is none.
  public static func named(
    _ name: String, metrics: [String], tags: [String]
  ) throws -> RunColumn {
    if let column = all.first(where: { $0.name == name }) { return column }
    if let metric = try metric(name, among: metrics) { return metric }
    if let tag = try key(name, "tag", tags) {
      return RunColumn(name) { .optional($0.tags[tag]) }
    }
    let known = all.map(\.name)
    let nearest =
      Suggestion.nearest(to: name, among: known)
      ?? metrics.first { $0 == name || $0.hasSuffix("/\(name)") }.map { "metric:\($0)" }
      ?? Suggestion.nearest(to: name, among: metrics).map { "metric:\($0)" }
    throw UserError(
      "there is no column \(name)",
      remedy: "choose from \(known.joined(separator: ", ")), metric:NAME and tag:NAME"
        + (nearest.map { "; did you mean \($0)?" } ?? ""))
  }

  /// The rest of `metric:NAME` or `tag:NAME`; `nil` for a name that does not begin like that.
  private static func key(_ name: String, _ kind: String, _ known: [String]) throws -> String? {
    guard name.hasPrefix("\(kind):") else { return nil }
    let key = String(name.dropFirst(kind.count + 1))
    guard known.contains(key) else {
      throw UserError(
        "no run has the \(kind) \(key)",
        remedy: known.isEmpty
          ? "no run has any" : Suggestion.remedy(for: key, among: known, lead: "choose from"))
    }
    return key
  }

  /// `metric:NAME` or `metric:NAME@PHASE`; `nil` for a name that does not begin like that.
  private static func metric(_ column: String, among metrics: [String]) throws -> RunColumn? {
    let parts = column.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    guard let metric = try key(parts.first ?? "", "metric", metrics) else { return nil }
    let wanted = parts.count > 1 ? parts[1] : nil
    let found: @Sendable (RunSummary) -> MetricValue? = { run in
      run.phaseMetrics[metric]?.last { wanted == nil || $0.phase == wanted }
    }
    let text: @Sendable (RunSummary) -> String = { run in
      guard let value = found(run) else { return "–" }
      let number = Numbers.short(value.value)
      let isOneOfSeveral = wanted == nil && (run.phaseMetrics[metric]?.count ?? 0) > 1
      return isOneOfSeveral ? "\(number) (\(value.phase ?? "unknown phase"))" : number
    }
    let phase: @Sendable (RunSummary) -> String? = { found($0)?.phase }
    // Errors on held-out photos mean the same in every phase; losses do not.
    let isOfPhase = wanted == nil && metric.hasPrefix("train/")
    return RunColumn(column, isNumber: true, text: text, phase: isOfPhase ? phase : nil) {
      .optional(found($0)?.value)
    }
  }

  /// A value as people read it.
  package static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "–"
    case .flag, .integer, .unsigned, .text: value.plain
    case .number(let number): Numbers.short(number)
    case .list([]), .object([:]): "–"
    case .list(let values): values.map(text).joined(separator: ", ")
    case .object(let values):
      values.sorted { $0.key < $1.key }.map { key, value in
        value == .text("") ? key : "\(key)=\(text(value))"
      }.joined(separator: ", ")
    }
  }

  /// `2026-11-22T18:52:03.123Z` to the second, still in UTC.
  package static func time(_ stored: String) -> String {
    String(stored.prefix(19)).replacing("T", with: " ")
  }

  /// `3`, or `1 of 3` where some are not complete.
  @Sendable private static func cells(_ summary: RunSummary) -> String {
    let finished = summary.cells.count(where: \.isFinished)
    return finished == summary.cells.count ? "\(finished)" : "\(finished) of \(summary.cells.count)"
  }

  /// Those that an evaluation asks for; the last one that a training wrote.
  @Sendable private static func correctors(_ summary: RunSummary) -> [CorrectorIdentity] {
    switch summary.run.kind {
    case .train: summary.written.last.map { [CorrectorIdentity(digest: $0)] } ?? []
    case .agreement: summary.agreementCorrector.map { [CorrectorIdentity(digest: $0)] } ?? []
    case .evaluate:
      if let known = summary.run.evaluation?.correctors {
        known
      } else {
        Set(summary.cells.compactMap(\.identity.corrector)).sorted().map {
          CorrectorIdentity(digest: $0)
        }
      }
    }
  }

  /// By name, or by the first digits of its SHA-256 where it has none.
  @Sendable private static func correctors(_ summary: RunSummary) -> String {
    let all: [CorrectorIdentity] = correctors(summary)
    return all.isEmpty
      ? "–" : all.map { $0.name ?? String($0.digest.prefix(12)) }.joined(separator: ", ")
  }

  /// The result: top-1 of an evaluation, loss and PSNR of a training, agreement in percent.
  @Sendable private static func result(_ summary: RunSummary) -> String {
    let measures = summary.measures.map { measure in
      "\(measure.label) \(measure.text(measure.value))"
    }
    let text = measures.joined(separator: ", ")
    return summary.run.kind == .evaluate ? top1(summary) : text.isEmpty ? "–" : text
  }

  /// Top-1 of up to three cells, the range of more.
  @Sendable private static func top1(_ summary: RunSummary) -> String {
    let cells = summary.cells.filter(\.isFinished).compactMap { cell in
      cell.top1.map { (condition: cell.identity.condition, percent: $0) }
    }
    guard let low = cells.map(\.percent).min(), let high = cells.map(\.percent).max() else {
      return "–"
    }
    guard cells.count > 3 else {
      return cells.map { "\(Numbers.percent($0.percent)) \($0.condition)" }.joined(separator: ", ")
    }
    return "\(Numbers.percent(low)) to \(Numbers.percent(high))"
  }
}
