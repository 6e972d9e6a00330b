import GRDB

/// How often a cell takes one class for another.
public struct Confusion: Sendable, Equatable, FetchableRecord {
  /// The right class.
  public let label: Int
  /// What was predicted in its place.
  public let predicted: Int
  /// Draws.
  public let draws: Int
  /// Images with at least one such draw.
  public let images: Int

  /// By position.
  public init(row: Row) throws {
    (label, predicted, draws, images) = try (
      row.value(0), row.value(1), row.value(2), row.value(3)
    )
  }
}

extension Store {
  /// The pairs of classes that a cell confuses most often.
  public func confusions(evaluation: Int64, count: Int) throws -> [Confusion] {
    try fetchAll(
      """
      SELECT i.label, p.predicted, COUNT(*), COUNT(DISTINCT p.item_id)
      FROM prediction_rows p JOIN items i ON i.id = p.item_id
      WHERE p.evaluation_id = ? AND p.label_rank > 0
      GROUP BY 1, 2 ORDER BY 3 DESC, 4 DESC, 1, 2 LIMIT ?
      """, [evaluation, count])
  }
}
