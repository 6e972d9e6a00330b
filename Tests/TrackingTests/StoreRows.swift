import GRDB
import Tracking

/// A row of the view `top1`, as anyone with `sqlite3` reads it.
struct Top1Row: Decodable, FetchableRecord {
  let run: Int64
  let experiment: String
  let model: String
  let dataset: String
  let condition: String
  let corrector: String?
  let draws: Int
  let correct: Int
  let total: Int
  let top1: Double?

  private enum CodingKeys: String, CodingKey {
    case experiment, model, dataset, condition, corrector, draws, correct, total, top1
    case run = "run_id"
  }
}

/// A prediction of a cell that an experiment shows.
struct PredictionRow: Equatable {
  let model: String
  let condition: String
  let item: String
  let draw: Int
  let predicted: Int
  let labelRank: Int
  let probability: Double
  let labelProbability: Double
}

extension Store {
  func top1() throws -> [Top1Row] {
    try DatabaseQueue(path: path).read { try Top1Row.fetchAll($0, sql: "SELECT * FROM top1") }
  }

  /// All predictions of an experiment, finished cells or not, by model, condition, item and draw.
  func predictions(experiment: String) throws -> [PredictionRow] {
    let cells = try evaluations(experiment: experiment).sorted {
      ($0.model, $0.condition.rawValue, $0.id) < ($1.model, $1.condition.rawValue, $1.id)
    }
    return try cells.flatMap { cell in
      try outcomes(evaluation: cell.id).sorted { ($0.item, $0.draw) < ($1.item, $1.draw) }.map {
        PredictionRow(
          model: cell.model, condition: cell.condition.rawValue, item: $0.item, draw: $0.draw,
          predicted: $0.prediction.predicted, labelRank: $0.prediction.labelRank,
          probability: $0.prediction.probability, labelProbability: $0.prediction.labelProbability)
      }
    }
  }
}
