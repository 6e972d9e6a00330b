import GRDB

/// One image in two evaluations that share its draws.
public struct ItemPair: Sendable, Equatable {
  /// Draws that only the second gets right.
  public let fixed: Int
  /// Draws that only the first gets right.
  public let broken: Int
  /// Draws that both get right.
  public let kept: Int
  /// Draws that both predicted.
  public let total: Int

  /// The draws of one image, counted.
  public init(fixed: Int, broken: Int, kept: Int, total: Int) {
    (self.fixed, self.broken) = (fixed, broken)
    (self.kept, self.total) = (kept, total)
  }
}

extension Store {
  /// What changed from one evaluation to another, image by image, over the draws that both have.
  public func pairs(_ first: Int64, _ second: Int64) throws -> [ItemPair] {
    try fetchAll(
      """
      SELECT SUM(a.label_rank > 0 AND b.label_rank = 0),
        SUM(a.label_rank = 0 AND b.label_rank > 0),
        SUM(a.label_rank = 0 AND b.label_rank = 0), COUNT(*)
      FROM prediction_rows a JOIN prediction_rows b
        ON b.evaluation_id = ? AND b.item_id = a.item_id AND b.draw = a.draw
      WHERE a.evaluation_id = ? GROUP BY a.item_id ORDER BY a.item_id
      """, [second, first])
  }
}

extension ItemPair: FetchableRecord {
  /// Draws fixed, broken, kept and in all, by position.
  public init(row: Row) throws {
    self.init(
      fixed: try row.value(0), broken: try row.value(1), kept: try row.value(2),
      total: try row.value(3))
  }
}
