import Evaluation
import Tracking

extension ExperimentResults {
  /// The finished cells, row by row.
  var evaluations: [EvaluationRecord] {
    rows.flatMap { row in experiment.conditions.compactMap { row.result($0)?.evaluation } }
  }
}

extension ResultRow {
  /// Corrected minus uncorrected top-1, points.
  func improvement(over baseline: Condition) -> Double? {
    guard let corrected = result(.corrected)?.percent, let other = result(baseline)?.percent
    else { return nil }
    return corrected - other
  }

  /// The published counterpart of `improvement`.
  func publishedImprovement(over baseline: Condition) -> Double? {
    guard let corrected = published[.corrected], let other = published[baseline]
    else { return nil }
    return corrected - other
  }

  /// `55.60 (40.81–69.46)`, or why there is none.
  func text(_ condition: Condition) -> String {
    switch entries[condition] {
    case .result(let result):
      guard let percent = result.percent else { return "every image failed" }
      return "\(Numbers.percent(percent)) (\(Numbers.interval(result.top1.interval)))"
    case .missing(let reason): return reason
    case nil: return "–"
    }
  }

  /// The improvement with its interval: `+2.00 (−8.27 to +11.39)`.
  func improvementText(over baseline: Condition) -> String {
    guard let points = improvement(over: baseline) else { return "–" }
    guard let comparison else { return Numbers.points(points) }
    return "\(Numbers.points(points)) (\(Numbers.range(comparison.difference.interval)))"
  }

  /// Images that count in the row's cells.
  func images(_ conditions: [Condition]) -> String {
    let counts = Set(conditions.compactMap { result($0)?.top1.clusters })
    return counts.isEmpty ? "–" : counts.sorted().map(Numbers.count).joined(separator: "/")
  }
}

/// The share of the drop caused by the distortion that the corrector recovers, in percent.
enum Recovery {
  /// `nil` unless the distortion cost something.
  static func percent(canonical: Double?, distorted: Double?, corrected: Double?) -> Double? {
    guard let canonical, let distorted, let corrected, canonical > distorted else { return nil }
    return 100 * (corrected - distorted) / (canonical - distorted)
  }
}
