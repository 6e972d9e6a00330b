import GRDB

/// A row of the view `predictions` with the cell it belongs to, for exchange and comparison.
public struct PredictionRow: Sendable, Equatable, Decodable, FetchableRecord {
  public let model: String
  public let condition: String
  public let item: String
  public let draw: Int
  public let label: Int
  public let predicted: Int
  /// 0 is top-1.
  public let labelRank: Int
  public let probability: Double
  public let labelProbability: Double

  public static var databaseColumnDecodingStrategy: DatabaseColumnDecodingStrategy {
    .convertFromSnakeCase
  }
}

extension Store {
  /// All predictions of an experiment, finished cells or not, by model, condition, item and draw.
  public func predictions(experiment: String) throws -> [PredictionRow] {
    try read {
      try PredictionRow.fetchAll(
        $0,
        sql: """
          SELECT e.model, e.condition, p.item, p.draw, p.label, p.predicted, p.label_rank,
            p.probability, p.label_probability
          FROM experiment_cells c
          JOIN evaluations e ON e.id = c.evaluation_id
          JOIN predictions p ON p.evaluation_id = e.id
          WHERE c.experiment = ?
          ORDER BY e.model, e.condition, e.id, p.item, p.draw
          """,
        arguments: [experiment])
    }
  }
}
