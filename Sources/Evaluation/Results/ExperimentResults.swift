import Tracking

/// A finished cell with what its predictions say.
public struct CellResult: Sendable, Equatable {
  public let evaluation: EvaluationRecord
  /// Top-1 with its interval.
  public let top1: ClusteredProportion
  /// Images without any prediction in at least one draw.
  public let failed: [FailedItem]

  public init(evaluation: EvaluationRecord, top1: ClusteredProportion, failed: [FailedItem]) {
    self.evaluation = evaluation
    self.top1 = top1
    self.failed = failed
  }

  /// Top-1 in percent, or `nil` when every image failed.
  public var percent: Double? { top1.proportion.map { 100 * $0 } }
}

/// A row of a table.
public struct ResultRow: Sendable, Equatable {
  /// What a column of the row holds.
  public enum Entry: Sendable, Equatable {
    case result(CellResult)
    /// Why there is none.
    case missing(reason: String)
  }

  public let model: String
  /// The experiment's name for it.
  public let dataset: String
  public let entries: [Condition: Entry]
  /// Published top-1, percent.
  public let published: [Condition: Double]
  /// Corrected against uncorrected, where both are there.
  public let comparison: PairedComparison?

  public init(
    model: String, dataset: String, entries: [Condition: Entry], published: [Condition: Double],
    comparison: PairedComparison? = nil
  ) {
    self.comparison = comparison
    self.model = model
    self.dataset = dataset
    self.entries = entries
    self.published = published
  }

  /// The result of a condition, when there is one.
  public func result(_ condition: Condition) -> CellResult? {
    if case .result(let result) = entries[condition] { result } else { nil }
  }
}

/// What the store knows of an experiment, ready for a report.
public struct ExperimentResults: Sendable {
  public let experiment: Experiment
  /// By dataset, then model.
  public let rows: [ResultRow]
  /// The runs that computed the cells, oldest first.
  public let runs: [RunRecord]

  /// The cells of a plan, or, without one, the cell of each model, dataset and condition that was
  /// last asked for.
  ///
  /// A corrected cell stands only beside the uncorrected one of the same images and draws.
  public init(experiment: Experiment, store: Store, plan: Plan? = nil) throws {
    self.experiment = experiment
    let keys = plan.map { Set($0.cells.map(\.key)) }
    let known = try store.evaluations(experiment: experiment.name).filter {
      keys?.contains($0.cellKey) ?? true
    }
    var used: Set<Int64> = []
    rows = try experiment.datasets.flatMap { dataset in
      try experiment.models.map { model in
        var entries: [Condition: ResultRow.Entry] = [:]
        var baseline: EvaluationRecord?
        // The uncorrected cell comes first: the corrected one has to fit it.
        let order = experiment.conditions.sorted { $0 != .corrected && $1 == .corrected }
        for condition in order {
          let candidates = known.filter {
            $0.model == model && $0.dataset == dataset.name && $0.condition == condition.rawValue
          }
          let fitting = candidates.filter {
            condition != .corrected || Self.matches($0, baseline)
          }
          guard let evaluation = fitting.first(where: \.isFinished) ?? fitting.first else {
            entries[condition] = .missing(
              reason: condition == .corrected ? "no corrector given" : "not computed")
            continue
          }
          if condition == experiment.uncorrected { baseline = evaluation }
          guard evaluation.isFinished else {
            entries[condition] = .missing(reason: "not finished")
            continue
          }
          used.insert(evaluation.runID)
          entries[condition] = .result(
            CellResult(
              evaluation: evaluation,
              top1: ClusteredProportion(try store.tallies(evaluation: evaluation.id)),
              failed: try store.failedItems(evaluation: evaluation.id)))
        }
        var published: [Condition: Double] = [:]
        for condition in experiment.conditions {
          published[condition] = experiment.published(
            model: model, dataset: dataset.name, condition: condition)
        }
        var comparison: PairedComparison?
        if case .result(let before) = entries[experiment.uncorrected],
          case .result(let after) = entries[.corrected]
        {
          comparison = PairedComparison(
            try store.pairs(before.evaluation.id, after.evaluation.id))
        }
        return ResultRow(
          model: model, dataset: dataset.name, entries: entries, published: published,
          comparison: comparison)
      }
    }
    runs = try used.sorted().compactMap(store.run)
  }

  /// Whether a corrected cell is about the same images, draws and network as an uncorrected one.
  private static func matches(_ cell: EvaluationRecord, _ other: EvaluationRecord?) -> Bool {
    guard let other else { return true }
    return cell.view == other.view && cell.seed == other.seed && cell.draws == other.draws
      && cell.distortion == other.distortion && cell.weightsSHA256 == other.weightsSHA256
      && cell.datasetFingerprint == other.datasetFingerprint && cell.engine == other.engine
      && cell.precision == other.precision
  }

  /// The experiment of a name as it was last run, for `report NAME`.
  ///
  /// - Returns: `nil` when no run of that name is in the store.
  public static func lastExperiment(named name: String, store: Store) throws -> Experiment? {
    try store.runs().lazy.filter { $0.kind == .evaluate && $0.name == name }
      .compactMap { RunConfiguration(json: $0.configuration)?.experiment }.first
  }
}
