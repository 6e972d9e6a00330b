import Tracking

/// A finished cell with what its predictions say.
public struct CellResult: Sendable, Equatable {
  /// The cell.
  public let evaluation: EvaluationRecord
  /// Top-1 with its interval.
  public let top1: ClusteredProportion
  /// The same of top-5; `nil` where the rank of a right class is not known, as of some imported predictions.
  public let top5: ClusteredProportion?
  /// Images without any prediction in at least one draw.
  public let failed: [FailedItem]

  /// Top-1 in percent, or `nil` when every image failed.
  public var percent: Double? { top1.proportion.map { 100 * $0 } }
}

/// A row of a table: a model on a dataset, with one corrector where there are any.
public struct ResultRow: Sendable, Equatable {
  /// What a column of the row holds.
  public enum Entry: Sendable, Equatable {
    case result(CellResult)
    /// Why there is none.
    case missing(reason: String)
  }

  /// Its name, e.g. `resnet50`.
  public let model: String
  /// The experiment's name for it.
  public let dataset: String
  /// The corrector's name; `nil` where there is none or it needs no name.
  public let corrector: String?
  /// One for each condition of the experiment.
  public let entries: [Condition: Entry]
  /// Published top-1, percent.
  public let published: [Condition: Double]
  /// Corrected against uncorrected, where both are there.
  public let comparison: PairedComparison?

  /// The result of a condition, when there is one.
  public func result(_ condition: Condition) -> CellResult? {
    if case .result(let result) = entries[condition] { result } else { nil }
  }
}

/// An experiment's results in the store, ready for a report.
public struct ExperimentResults: Sendable {
  /// As it was asked for, with the command line's changes.
  public let experiment: Experiment
  /// By dataset, then model, then corrector; models whose predictions were imported come last.
  public let rows: [ResultRow]
  /// The runs that computed the cells, oldest first.
  public let runs: [RunRecord]
  /// The datasets, by the experiment's names, whose images were simulated, as the runs found them.
  public let simulated: [String]
  /// By the experiment's name of a dataset the settings under which each of its images was photographed,
  /// which raw draws count; nothing for one with one raw view of each image.
  public let settings: [String: [String]]
  /// What the runs found in the data, e.g. files that were left out, under the experiment's names of
  /// the datasets.
  public let notes: [DataNote]

  /// Whether a cell was begun and is not complete.
  public let hasOpenCells: Bool

  /// The cells of a plan, or, without one, the cell of each model, dataset and condition that was
  /// last asked for.
  ///
  /// A corrected cell stands only beside the uncorrected one of the same images and draws. Cells that
  /// were imported for the experiment take part when they are about the same images.
  public init(experiment: Experiment, store: Store, plan: Plan? = nil) throws {
    try self.init(
      experiment: experiment, correctors: plan?.correctors ?? [],
      keys: plan.map { Set($0.cells.map(\.key)) },
      datasets: plan.map { Set($0.cells.map(\.identity.dataset)) }, store: store)
  }

  /// The cells that a stored run asked for, whoever computed them.
  public init(configuration: EvaluationConfiguration, store: Store) throws {
    // Runs from before several correctors were supported did not name theirs.
    let keys = configuration.correctors == nil ? nil : Set(try configuration.cells().map(\.key))
    try self.init(
      experiment: configuration.experiment, correctors: configuration.correctors ?? [], keys: keys,
      datasets: Set(configuration.datasets.values), store: store)
  }

  private init(
    experiment: Experiment, correctors: [CorrectorIdentity], keys: Set<String>?,
    datasets: Set<String>?, store: Store
  ) throws {
    self.experiment = experiment
    let known = try store.evaluations(experiment: experiment.name).filter {
      $0.isImported
        ? datasets?.contains($0.datasetFingerprint) ?? true : keys?.contains($0.cellKey) ?? true
    }
    var cells = ResultCells(experiment: experiment, known: known, store: store)
    // Without correctors a row stands for whichever there was, or for none.
    let isCorrecting = experiment.conditions.contains(.corrected) && !correctors.isEmpty
    let choices = isCorrecting ? correctors.map(Optional.some) : [nil]
    let imported = Set(known.filter(\.isImported).map(\.model)).subtracting(experiment.models)
    rows = try experiment.datasets.flatMap { dataset in
      try experiment.models.flatMap { model in
        try choices.map { try cells.row(model: model, dataset: dataset.name, corrector: $0) }
      }
        + imported.sorted().flatMap { model in
          let own = known.filter { $0.model == model && $0.dataset == dataset.name }
          guard !own.isEmpty else { return [ResultRow]() }
          // One row each of the correctors that its cells know, or one for whichever it had.
          let corrected = choices.filter { choice in
            own.contains { $0.correctorSHA256 == choice?.digest && choice != nil }
          }
          return try (corrected.isEmpty ? [nil] : corrected).map {
            try cells.row(model: model, dataset: dataset.name, corrector: $0)
          }
        }
    }
    hasOpenCells = cells.hasOpenCells
    runs = try Set(cells.used.map(\.runID)).sorted().compactMap(store.run)
    let fingerprints = Set(
      runs.compactMap(\.evaluation).flatMap { configuration in
        (configuration.simulated ?? []).compactMap { configuration.datasets[$0] }
      })
    let names = cells.used.filter { fingerprints.contains($0.datasetFingerprint) }.map(\.dataset)
    simulated = experiment.datasets.map(\.name).filter(names.contains)
    settings = try Self.settings(cells.used, store)
    notes =
      try Self.notes(experiment, cells.used, runs, store) + Self.unread(cells.used, runs)
  }

  private static func settings(
    _ cells: [EvaluationRecord], _ store: Store
  ) throws -> [String: [String]] {
    var settings: [String: [String]] = [:]
    for cell in cells where cell.view == .raw && settings[cell.dataset] == nil && cell.draws > 1 {
      let found = try store.settings(ofDataset: cell.datasetFingerprint)
      if !found.isEmpty { settings[cell.dataset] = found }
    }
    return settings
  }

  /// A note on each dataset that was evaluated by a run whose configuration says something unknown.
  private static func unread(_ cells: [EvaluationRecord], _ runs: [RunRecord]) -> [DataNote] {
    runs.flatMap { run -> [DataNote] in
      guard let problem = run.unreadConfiguration else { return [] }
      return Set(cells.filter { $0.runID == run.id }.map(\.dataset)).sorted().map {
        DataNote(
          dataset: $0, text: "\(problem); whether its images were simulated is not known")
      }
    }
  }

  /// The notes of the newest run on each dataset, whatever that run's experiment calls it, and those
  /// of the others on damaged photos: runs need not have read the same ones.
  private static func notes(
    _ experiment: Experiment, _ cells: [EvaluationRecord], _ runs: [RunRecord], _ store: Store
  ) throws -> [DataNote] {
    try experiment.datasets.flatMap { dataset -> [DataNote] in
      let fingerprints = Set(
        cells.filter { $0.dataset == dataset.name }.map(\.datasetFingerprint))
      var found: [DataNote] = []
      var known: Set<String> = []
      for run in runs.reversed() {
        let datasets = run.evaluation?.datasets
        // An import knows the dataset by this name only.
        let names =
          datasets?.filter { fingerprints.contains($0.value) }.map(\.key) ?? [dataset.name]
        let notes = try store.dataNotes(run: run.id).filter { names.contains($0.dataset) }
        let isNewest = found.isEmpty
        found += notes.filter { (isNewest || $0.isDamage) && known.insert($0.text).inserted }
          .map { DataNote(dataset: dataset.name, text: $0.text) }
      }
      return found.forReading
    }
  }

  /// The first dataset of which no image could be used in any cell, and how many it has; `nil` when
  /// there is none.
  public var unusable: (dataset: String, images: Int)? {
    for dataset in experiment.datasets.map(\.name) {
      let results = rows.filter { $0.dataset == dataset }.flatMap { row in
        experiment.conditions.compactMap(row.result)
      }
      guard let first = results.first, results.allSatisfy({ $0.top1.total == 0 }) else { continue }
      return (dataset, first.evaluation.itemCount)
    }
    return nil
  }

  /// The configuration that an experiment was last asked for with: a run is stored only when there was
  /// something to compute.
  ///
  /// - Returns: `nil` when no run of that name is in the store.
  public static func lastConfiguration(
    named name: String, store: Store
  ) throws -> EvaluationConfiguration? {
    let configurations = try store.runs().filter { $0.kind == .evaluate && $0.name == name }
      .compactMap(\.evaluation)
    let newest = try store.evaluations(experiment: name).first { !$0.isImported }?.cellKey
    return try configurations.first { configuration in
      try configuration.cells().contains { $0.key == newest }
    } ?? configurations.first
  }
}
