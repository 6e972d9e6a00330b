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

extension Store {
  func top1() throws -> [Top1Row] {
    try DatabaseQueue(path: path).read { try Top1Row.fetchAll($0, sql: "SELECT * FROM top1") }
  }
}
