import Tracking

/// Finds the cells of an experiment's rows among those that the store has.
struct ResultCells {
  let experiment: Experiment
  /// Most recently requested first.
  let known: [EvaluationRecord]
  let store: Store

  /// Those that stand in rows.
  private(set) var used: [EvaluationRecord] = []
  /// Whether one of the cells in the rows is not finished.
  private(set) var hasOpenCells = false
  /// By evaluation: rows of several correctors share the uncorrected ones.
  private var results: [Int64: CellResult] = [:]

  init(experiment: Experiment, known: [EvaluationRecord], store: Store) {
    self.experiment = experiment
    self.known = known
    self.store = store
  }

  /// The row of a model on a dataset.
  ///
  /// - Parameter corrector: `nil` for whichever corrector was last requested.
  mutating func row(
    model: String, dataset: String, corrector: CorrectorIdentity?
  ) throws -> ResultRow {
    var entries: [Condition: ResultRow.Entry] = [:]
    var published: [Condition: Double] = [:]
    var baseline: EvaluationRecord?
    // The uncorrected cell comes first: the corrected one has to fit it.
    for condition in experiment.conditions.sorted(by: { $0 != .corrected && $1 == .corrected }) {
      published[condition] = experiment.published(
        model: model, dataset: dataset, condition: condition)
      let fitting = known.filter { cell in
        cell.model == model && cell.dataset == dataset && cell.condition == condition
          && (condition != .corrected
            || Self.matches(cell, baseline)
              && (corrector == nil || cell.correctorSHA256 == corrector?.digest))
      }
      guard let evaluation = fitting.first(where: \.isFinished) ?? fitting.first else {
        let isWithout = condition == .corrected && corrector == nil
        entries[condition] = .missing(reason: isWithout ? "no corrector given" : "not computed")
        continue
      }
      if condition == experiment.uncorrected { baseline = evaluation }
      if evaluation.isFinished {
        entries[condition] = .result(try result(evaluation))
      } else {
        hasOpenCells = true
        let results = try store.results(evaluation: evaluation.id)
        entries[condition] = .missing(
          reason: "not finished (\(results) of \(evaluation.expected))")
      }
    }
    var comparison: PairedComparison?
    if case .result(let before) = entries[experiment.uncorrected],
      case .result(let after) = entries[.corrected]
    {
      comparison = PairedComparison(try store.pairs(before.evaluation.id, after.evaluation.id))
    }
    return ResultRow(
      model: model, dataset: dataset, corrector: corrector?.name, entries: entries,
      published: published, comparison: comparison)
  }

  private mutating func result(_ evaluation: EvaluationRecord) throws -> CellResult {
    used.append(evaluation)
    if let known = results[evaluation.id] { return known }
    let tallies = try store.tallies(evaluation: evaluation.id, named: false)
    let inTop5 = tallies.map { tally in
      tally.inTop5.map { ItemTally(item: "", correct: $0, total: tally.total) }
    }
    let result = CellResult(
      evaluation: evaluation, top1: ClusteredProportion(tallies),
      top5: inTop5.contains { $0 == nil } ? nil : ClusteredProportion(inTop5.compactMap { $0 }),
      failed: try store.failedItems(evaluation: evaluation.id))
    results[evaluation.id] = result
    return result
  }

  /// Whether a corrected cell is about the same images, draws and network as an uncorrected one.
  private static func matches(_ cell: EvaluationRecord, _ other: EvaluationRecord?) -> Bool {
    guard let other else { return true }
    // The files of imported cells hold predictions of one cell each, not the network.
    let isOneNetwork =
      cell.isImported && other.isImported || cell.weightsSHA256 == other.weightsSHA256
    return isOneNetwork && cell.view == other.view && cell.seed == other.seed
      && cell.draws == other.draws && cell.distortion == other.distortion
      && cell.datasetFingerprint == other.datasetFingerprint && cell.engine == other.engine
      && cell.precision == other.precision
  }
}
