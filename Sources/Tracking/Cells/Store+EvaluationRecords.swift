import GRDB

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

  private func evaluationRecords(
    where condition: String, _ arguments: StatementArguments
  ) throws -> [EvaluationRecord] {
    try fetchAll(
      EvaluationRecord.selection
        + " WHERE \(condition) ORDER BY c.used_at DESC, e.id DESC, c.experiment, c.dataset",
      arguments)
  }
}
