import Foundation
import Support
import Tracking

/// A column of a list of runs.
public struct RunColumn: Sendable {
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
      $0.run.finishedAt.map(JSONValue.text) ?? .null
    },
    RunColumn(
      "duration", isNumber: true, text: { seconds($0.run).map(DurationText.clock) ?? "–" },
      { seconds($0.run).map(JSONValue.number) ?? .null }),
    RunColumn("resumed", isNumber: true) { .integer($0.run.resumed) },
    RunColumn("shard") { $0.shard.map(JSONValue.text) ?? .null },
    RunColumn("models") { .list(Set($0.cells.map(\.identity.model)).sorted().map(JSONValue.text)) },
    RunColumn("cells", isNumber: true, text: cells) { .integer($0.cells.count) },
    RunColumn("top1", text: top1) {
      .object($0.top1.mapValues { $0.map(JSONValue.number) ?? .null })
    },
    RunColumn("tags") { .object($0.tags.mapValues(JSONValue.text)) },
    RunColumn("notes") { .text($0.run.notes) },
    RunColumn("error") { $0.run.error.map(JSONValue.text) ?? .null },
    RunColumn("command") { .text($0.run.command) },
    RunColumn("commit") { $0.run.sourceCommit.map(JSONValue.text) ?? .null },
    RunColumn("host") { .text($0.run.host) },
    RunColumn("pid", isNumber: true) { .integer(Int($0.run.pid)) },
    RunColumn("versions") { JSONValue(json: $0.run.versions) ?? .null },
  ]

  /// What a list shows unless told otherwise.
  public static let usual = [
    "id", "kind", "name", "status", "started", "duration", "cells", "top1", "tags",
  ]

  /// The column of a name: one of `all`, `metric:NAME` (its last value), `metric:NAME@PHASE` (its
  /// last value in a training phase) or `tag:NAME`.
  ///
  /// - Throws: `UserError` listing the names when there is none.
  public static func named(_ name: String) throws -> RunColumn {
    if let column = all.first(where: { $0.name == name }) { return column }
    if name.hasPrefix("metric:") { return metric(name) }
    if name.hasPrefix("tag:") {
      let tag = String(name.dropFirst(4))
      return RunColumn(name) { $0.tags[tag].map(JSONValue.text) ?? .null }
    }
    let known = all.map(\.name).joined(separator: ", ")
    throw UserError(
      "there is no column \(name)", remedy: "known are \(known), metric:NAME and tag:NAME")
  }

  /// `metric:NAME` or `metric:NAME@PHASE`.
  private static func metric(_ column: String) -> RunColumn {
    let parts = column.dropFirst("metric:".count).split(
      separator: "@", maxSplits: 1, omittingEmptySubsequences: false
    ).map(String.init)
    let metric = parts.first ?? ""
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
    // Errors on held-out photos mean the same in every phase; what a phase minimises does not.
    let isOfPhase = wanted == nil && metric.hasPrefix("train/")
    return RunColumn(column, isNumber: true, text: text, phase: isOfPhase ? phase : nil) { run in
      found(run).map { JSONValue.number($0.value) } ?? .null
    }
  }

  /// A value as people read it.
  static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "–"
    case .flag(let flag): flag ? "true" : "false"
    case .integer(let number): "\(number)"
    case .number(let number): Numbers.short(number)
    case .text(let text): text
    case .list([]), .object([:]): "–"
    case .list(let values): values.map(text).joined(separator: ", ")
    case .object(let values):
      values.sorted { $0.key < $1.key }.map { key, value in
        value == .text("") ? key : "\(key)=\(text(value))"
      }.joined(separator: ", ")
    }
  }

  /// `2026-11-22T18:52:03.123Z` to the second, still in UTC.
  static func time(_ stored: String) -> String {
    String(stored.prefix(19)).replacing("T", with: " ")
  }

  /// Seconds from the start of an ended run to its end, pauses before it went on included.
  static func seconds(_ run: RunRecord) -> Double? {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard let start = try? style.parse(run.startedAt),
      let end = run.finishedAt.flatMap({ try? style.parse($0) })
    else { return nil }
    return end.timeIntervalSince(start)
  }

  /// `3`, or `1 of 3` where some are not complete.
  @Sendable private static func cells(_ summary: RunSummary) -> String {
    let finished = summary.cells.count(where: \.isFinished)
    return finished == summary.cells.count ? "\(finished)" : "\(finished) of \(summary.cells.count)"
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

extension RunSummary {
  /// The part `i/n` of the work that the run does, or `nil` for all of it.
  var shard: String? {
    guard case .object(let values) = JSONValue(json: run.configuration),
      case .text(let shard) = values["shard"]
    else { return nil }
    return shard
  }

  /// Top-1 in percent of the finished cells, by `model/dataset/condition`; where several would have
  /// one name, as with several correctors, each has its evaluation's id behind it.
  var top1: [String: Double?] {
    let finished = cells.filter(\.isFinished)
    func name(_ cell: CellSummary) -> String {
      "\(cell.identity.model)/\(cell.dataset)/\(cell.identity.condition)"
    }
    let counts = Dictionary(grouping: finished, by: name).mapValues(\.count)
    return Dictionary(
      finished.map { cell in
        let name = name(cell)
        return (counts[name] == 1 ? name : "\(name)#\(cell.evaluation)", cell.top1)
      }, uniquingKeysWith: { first, _ in first })
  }
}
