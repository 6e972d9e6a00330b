import GRDB

/// A classifier's prediction for one draw of one image, with the image.
public struct DrawOutcome: Sendable, Equatable {
  /// The image's name within its dataset.
  public let item: String
  /// From 0.
  public let draw: Int
  /// The right class.
  public let label: Int
  /// What the classifier said.
  public let prediction: Prediction

  /// A prediction with its image.
  public init(item: String, draw: Int, label: Int, prediction: Prediction) {
    (self.item, self.draw) = (item, draw)
    (self.label, self.prediction) = (label, prediction)
  }

  /// Whether top-1 is right.
  public var isRight: Bool { prediction.labelRank == 0 }
}

extension Store {
  /// The predictions of an evaluation, by image (in the dataset's order), then draw.
  public func outcomes(evaluation: Int64) throws -> [DrawOutcome] {
    try fetchAll(
      """
      SELECT i.name, p.draw, i.label, p.predicted, p.label_rank, p.probability,
        p.label_probability
      FROM prediction_rows p JOIN items i ON i.id = p.item_id
      WHERE p.evaluation_id = ? ORDER BY p.item_id, p.draw
      """, [evaluation])
  }

  /// How many predictions are stored of the cells that a run owns.
  public func predictionCount(run id: Int64) throws -> Int {
    try fetchOne(
      """
      SELECT COUNT(*) FROM prediction_rows
      WHERE evaluation_id IN (SELECT id FROM evaluations WHERE run_id = ?)
      """, [id]) ?? 0
  }
}

extension DrawOutcome: FetchableRecord {
  /// Image, draw, label and prediction, by position: there may be millions of rows.
  public init(row: Row) throws {
    self.init(
      item: try row.value(0), draw: try row.value(1), label: try row.value(2),
      prediction: Prediction(
        predicted: try row.value(3), labelRank: try row.value(4), probability: try row.value(5),
        labelProbability: try row.value(6)))
  }
}
