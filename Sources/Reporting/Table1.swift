import Evaluation

/// The tables of a Table 1: ours with intervals, and ours beside the published one.
struct Table1 {
  let results: ExperimentResults

  private var experiment: Experiment { results.experiment }
  private var hasCorrection: Bool { experiment.conditions.contains(.corrected) }

  private func label(_ row: ResultRow) -> String { RowLabel(results).text(row) }

  /// Corrected minus uncorrected top-1, points.
  static func improvement(_ row: ResultRow, over baseline: Condition) -> Double? {
    guard let corrected = row.result(.corrected)?.percent, let other = row.result(baseline)?.percent
    else { return nil }
    return corrected - other
  }

  /// The published counterpart of `improvement`.
  static func publishedImprovement(_ row: ResultRow, over baseline: Condition) -> Double? {
    guard let corrected = row.published[.corrected], let other = row.published[baseline]
    else { return nil }
    return corrected - other
  }

  /// How much of what the distortion cost the corrector gives back, in percent of it; `nil` unless
  /// it cost something.
  static func recovered(canonical: Double?, distorted: Double?, corrected: Double?) -> Double? {
    guard let canonical, let distorted, let corrected, canonical > distorted else { return nil }
    return 100 * (corrected - distorted) / (canonical - distorted)
  }

  private func recovered(_ row: ResultRow) -> Double? {
    Self.recovered(
      canonical: row.result(.canonical)?.percent,
      distorted: row.result(experiment.uncorrected)?.percent,
      corrected: row.result(.corrected)?.percent)
  }

  /// Top-1 and interval of each condition, improvement and share of the drop recovered.
  var measured: Table {
    var columns = ["top-1 %", "images"] + experiment.conditions.map(\.rawValue)
    let isComparing = hasCorrection && experiment.conditions.contains(experiment.uncorrected)
    let isRecovering = isComparing && experiment.conditions.contains(.canonical)
    if isComparing { columns.append("improvement") }
    if isRecovering { columns.append("drop recovered") }
    var table = Table(columns: columns)
    for row in results.rows {
      var cells = [label(row), images(row)] + experiment.conditions.map { entry(row, $0) }
      if isComparing {
        cells.append(improvement(row))
      }
      if isRecovering { cells.append(recovered(row).map { "\(Int($0.rounded())) %" } ?? "–") }
      table.append(cells)
    }
    return table
  }

  /// The improvement with its interval.
  private func improvement(_ row: ResultRow) -> String {
    guard let points = Self.improvement(row, over: experiment.uncorrected) else { return "–" }
    guard let comparison = row.comparison else { return Numbers.points(points) }
    return "\(Numbers.points(points)) (\(Numbers.range(comparison.difference.interval)))"
  }

  /// Images that count in the row's cells.
  private func images(_ row: ResultRow) -> String {
    let counts = Set(experiment.conditions.compactMap { row.result($0)?.top1.clusters })
    return counts.isEmpty ? "–" : counts.sorted().map(Numbers.count).joined(separator: "/")
  }

  private func entry(_ row: ResultRow, _ condition: Condition) -> String {
    switch row.entries[condition] {
    case .result(let result):
      guard let percent = result.percent else { return "every image failed" }
      return "\(Numbers.percent(percent)) (\(Numbers.interval(result.top1.interval)))"
    case .missing(let reason): return reason
    case nil: return "–"
    }
  }

  /// Ours beside the published numbers, a line for each; `nil` when nothing was published.
  var comparison: Table? {
    var table = Table(
      columns: [
        "top-1 %", "", "ours", "95 % interval", "published", "difference", "published within",
      ], labels: 2)
    for row in results.rows {
      for condition in experiment.conditions {
        guard let published = row.published[condition] else { continue }
        var cells = [label(row), condition.rawValue]
        if let result = row.result(condition), let percent = result.percent {
          let interval = result.top1.interval
          let isWithin = (100 * interval.lower...100 * interval.upper).contains(published)
          cells += [
            Numbers.percent(percent), Numbers.interval(interval), Numbers.percent(published),
            Numbers.points(percent - published), isWithin ? "yes" : "no",
          ]
        } else {
          cells += ["–", entry(row, condition), Numbers.percent(published), "–", "–"]
        }
        table.append(cells)
      }
      if let published = Self.publishedImprovement(row, over: experiment.uncorrected) {
        let ours = Self.improvement(row, over: experiment.uncorrected)
        let interval = row.comparison?.difference.interval
        let isWithin = interval.map {
          (100 * $0.lower...100 * $0.upper).contains(published) ? "yes" : "no"
        }
        table.append([
          label(row), "improvement", ours.map(Numbers.points) ?? "–",
          interval.map(Numbers.range) ?? "–", Numbers.points(published),
          ours.map { Numbers.points($0 - published) } ?? "–", isWithin ?? "–",
        ])
      }
    }
    return table.rows.isEmpty ? nil : table
  }
}
