import GRDB
import Support

extension Store {
  /// The datasets that the cells of an experiment, or else of any, call by a name, the one last asked
  /// for first.
  public func datasets(named name: String, experiment: String) throws -> [DatasetRecord] {
    try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT d.id, d.fingerprint, d.kind, d.path, d.class_list, l.ids
          FROM experiment_cells c JOIN evaluations e ON e.id = c.evaluation_id
          JOIN datasets d ON d.id = e.dataset_id
          LEFT JOIN class_lists l ON l.digest = d.class_list
          WHERE c.dataset = ?
          GROUP BY d.id ORDER BY MAX(c.experiment = ?) DESC, MAX(c.used_at) DESC
          """,
        arguments: [name, experiment])
      return try rows.map { row in
        DatasetRecord(
          fingerprint: try row.value("fingerprint"), name: name, kind: try row.value("kind"),
          path: try row.value("path"),
          items: try DatasetRecord.Item.fetchAll(
            database,
            sql: """
              SELECT name, label, also_right, content FROM items WHERE dataset_id = ? ORDER BY id
              """,
            arguments: [try row.value("id") as Int64]),
          classList: try ClassListRecord(row: row))
      }
    }
  }

  /// Stores a finished cell whose predictions another program made, with a run of its own: all of
  /// it, or nothing. A cell that is there already is only shown in the experiment.
  ///
  /// - Parameter predictions: an element for each item of the dataset, in order, of one prediction
  ///   for each draw.
  /// - Returns: the run, or `nil` when the cell was there already.
  public func importCell(
    _ cell: NewEvaluation, dataset: DatasetRecord, weights: WeightsRecord,
    predictions: [[Prediction]], run: NewRun
  ) throws -> Int64? {
    let key = try cell.identity.key()
    return try atomically {
      guard try finishedCells(among: [key]).isEmpty else {
        try showCells([key], experiment: cell.experiment, dataset: cell.datasetName)
        return nil
      }
      let run = try startRun(run)
      let items = try register(dataset: dataset)
      try register(weights: weights)
      let evaluation = try beginEvaluation(cell, run: run)
      for (item, draws) in zip(items, predictions) {
        try record(
          draws.enumerated().map { draw, prediction in
            PredictionRecord(
              evaluation: evaluation, item: item, draw: draw, outcome: .predicted(prediction))
          })
      }
      guard try finishEvaluations([evaluation]) == [evaluation] else {
        throw UserError("\(path): cell \(key) is being computed", remedy: "try again later")
      }
      try finishRun(run, status: .finished)
      return run
    }
  }
}
