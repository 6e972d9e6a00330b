import GRDB

/// What an experiment has cells of.
public struct ExperimentSummary: Sendable, Equatable {
  /// The experiment's.
  public let name: String
  /// How many cells it shows.
  public private(set) var cells = 0
  /// Their models, each once.
  public private(set) var models: [String] = []
  /// Its names of their datasets, each once.
  public private(set) var datasets: [String] = []

  init(name: String) { self.name = name }

  mutating func add(model: String, dataset: String, cells count: Int) {
    cells += count
    if !models.contains(model) { models.append(model) }
    if !datasets.contains(dataset) { datasets.append(dataset) }
  }
}

extension Store {
  /// A cell by its id, as each experiment shows it that does, the last one that asked for it first;
  /// empty when there is no such cell.
  public func evaluationRecords(id: Int64) throws -> [EvaluationRecord] {
    try evaluationRecords(where: "e.id = ?", [id])
  }

  /// The cell of an identity, see `CellIdentity.key()`; empty when there is none.
  public func evaluationRecords(key: String) throws -> [EvaluationRecord] {
    try evaluationRecords(where: "e.cell_key = ?", [key])
  }

  /// The cells that a run computed.
  public func evaluationRecords(run id: Int64) throws -> [EvaluationRecord] {
    try evaluationRecords(where: "e.run_id = ?", [id])
  }

  /// The cells whose images a corrector of this SHA-256 corrected.
  public func evaluationRecords(corrector digest: String) throws -> [EvaluationRecord] {
    try evaluationRecords(where: "e.corrector_sha256 = ?", [digest])
  }

  /// The cells whose images were corrected by something that a training run wrote, when it was
  /// evaluated.
  public func evaluationRecords(trainedBy run: Int64) throws -> [EvaluationRecord] {
    try evaluationRecords(where: "e.corrector_run_id = ?", [run])
  }

  /// The cells that an experiment shows, finished or not, most recently requested first.
  public func evaluations(experiment: String) throws -> [EvaluationRecord] {
    try fetchAll(
      EvaluationRecord.selection + " WHERE c.experiment = ? ORDER BY c.used_at DESC, e.id DESC",
      [experiment])
  }

  /// The names of the experiments that have cells.
  public func experiments() throws -> [String] {
    try read {
      try String.fetchAll(
        $0, sql: "SELECT DISTINCT experiment FROM experiment_cells ORDER BY experiment")
    }
  }

  /// The experiments that have cells, by name: how many, of which models and datasets.
  public func experimentSummaries() throws -> [ExperimentSummary] {
    try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT c.experiment, e.model, c.dataset, COUNT(*)
          FROM experiment_cells c JOIN evaluations e ON e.id = c.evaluation_id
          GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
          """)
      var summaries: [ExperimentSummary] = []
      for row in rows {
        let name: String = try row.value(0)
        if summaries.last?.name != name { summaries.append(ExperimentSummary(name: name)) }
        summaries[summaries.count - 1].add(
          model: try row.value(1), dataset: try row.value(2), cells: try row.value(3))
      }
      return summaries
    }
  }

  private func evaluationRecords(
    where condition: String, _ arguments: StatementArguments
  ) throws -> [EvaluationRecord] {
    try fetchAll(
      EvaluationRecord.selection
        + " WHERE \(condition) ORDER BY c.used_at DESC, e.id DESC, c.experiment, c.dataset",
      arguments)
  }
}
