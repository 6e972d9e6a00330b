import GRDB

/// How many draws of a cell are predicted, and right.
public struct CellTally: Sendable, Equatable {
  /// Draws whose top-1 is right.
  public let correct: Int
  /// Draws that were predicted.
  public let predicted: Int

  /// Top-1 in percent; `nil` where nothing is predicted.
  public var top1: Double? {
    predicted > 0 ? 100 * Double(correct) / Double(predicted) : nil
  }
}

extension Store {
  /// The cells that some runs own, by run; without counting their predictions.
  public func evaluationRecords(runs: [Int64]) throws -> [Int64: [EvaluationRecord]] {
    guard !runs.isEmpty else { return [:] }
    let places = runs.map { _ in "?" }.joined(separator: ", ")
    let records: [EvaluationRecord] = try fetchAll(
      EvaluationRecord.selection + " WHERE e.run_id IN (\(places)) ORDER BY e.id, c.used_at DESC",
      StatementArguments(runs))
    // An experiment that shows a cell of another's does not make it two.
    var seen: Set<Int64> = []
    return Dictionary(grouping: records.filter { seen.insert($0.id).inserted }, by: \.runID)
  }

  /// Counts a cell's predictions, which takes longer the more there are.
  public func tally(evaluation: Int64) throws -> CellTally {
    try read { database in
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT COALESCE(SUM(label_rank = 0), 0), COUNT(*) FROM prediction_rows
          WHERE evaluation_id = ?
          """, arguments: [evaluation])
      return CellTally(correct: row?[0] ?? 0, predicted: row?[1] ?? 0)
    }
  }

  /// The finished cells, with the run that owns each.
  public func finishedEvaluations() throws -> [Int64: Int64] {
    try fetchPairs("SELECT id, run_id FROM evaluations WHERE status = 'finished'", [])
  }
}
