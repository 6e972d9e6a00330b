import Datasets
import Foundation
import Support
import Tracking

/// Runs an experiment: plans its cells, computes those that the store lacks, and keeps everything
/// that is needed to know how.
///
/// Stopped at any moment, even by `kill -9`, the same call later continues where it stopped and ends
/// with the same rows.
public struct ExperimentRunner: Sendable {
  /// What `prepare` found out.
  public struct Preparation: Sendable {
    /// The cells, and which of them the store has.
    public let plan: Plan
    /// By model.
    public let weights: [String: WeightsRecord]
    /// By the experiment's names of its datasets.
    public let sources: [String: any PreparedSource]
  }

  /// What `run` did.
  public struct Outcome: Sendable {
    /// As it was before the run.
    public let plan: Plan
    /// The run, or `nil` when there was nothing to compute.
    public let run: Int64?
  }

  /// What is computed.
  public let experiment: Experiment
  /// Where results are, and go.
  public let store: Store
  /// Where networks and images come from.
  public let providers: Providers
  /// What is recorded with the run.
  public let environment: RunEnvironment
  /// Batch size, shard, progress and the way to stop.
  public let options: EvaluationOptions

  /// - Parameter experiment: resolved, see `Experiment.applying(_:)`.
  public init(
    experiment: Experiment, store: Store, providers: Providers, environment: RunEnvironment,
    options: EvaluationOptions = EvaluationOptions()
  ) {
    self.experiment = experiment
    self.store = store
    self.providers = providers
    self.environment = environment
    self.options = options
  }

  /// Finds weights and datasets and plans; computes nothing and stores nothing. This is all of
  /// `--dry-run`.
  ///
  /// - Throws: `UserError` for weights that are missing and datasets that cannot be opened.
  public func prepare() throws -> Preparation {
    var weights: [String: WeightsRecord] = [:]
    for model in experiment.models { weights[model] = try providers.weights(model) }
    var sources: [String: any PreparedSource] = [:]
    for dataset in experiment.datasets {
      let source = try providers.source(dataset, experiment)
      if let kind = dataset.kind, kind != source.kind {
        throw UserError(
          "\(source.path): its layout is \(source.kind), not \(kind)",
          remedy: "see \(dataset.name) in \(experiment.file)")
      }
      let unknown = experiment.conditions.filter { [.canonical, .distorted].contains($0) }
      if !source.hasCanonical, let condition = unknown.first {
        throw UserError(
          "\(source.path): has no \(condition.rawValue) images, as \(source.kind) is corrupted already",
          remedy: "ask for the conditions raw and corrected")
      }
      sources[dataset.name] = source
    }
    let plan = try Plan(
      experiment: experiment, weights: weights, fingerprints: sources.mapValues(\.fingerprint),
      photographs: sources.mapValues { max($0.settings.count, 1) },
      correctors: providers.correctors.map(\.identity), environment: environment, store: store)
    return Preparation(plan: plan, weights: weights, sources: sources)
  }

  /// Computes what is missing.
  ///
  /// - Throws: `UserError`; `EvaluationStopped` when the options asked to stop. In both cases what
  ///   was computed is stored and the same call continues it.
  public func run(_ preparation: Preparation? = nil) throws -> Outcome {
    let preparation = try preparation ?? prepare()
    let plan = preparation.plan
    for dataset in experiment.datasets {
      try store.showCells(
        plan.cells.filter { $0.dataset == dataset.name && $0.isFinished }.map(\.key),
        experiment: experiment.name, dataset: dataset.name)
    }
    if try plan.pending.isEmpty || isShardDone(preparation) {
      try finishCells(of: plan)
      // One may have been killed when all was computed, before it could say so.
      try store.finishStoppedRuns(
        kind: .evaluate, name: experiment.name,
        configuration: try configuration(preparation).json())
      return Outcome(plan: plan, run: nil)
    }
    let run = try openRun(preparation)
    do {
      for (name, source) in preparation.sources {
        try store.record(notes: source.notes, dataset: name, run: run)
      }
      try compute(preparation, run: run)
      try store.finishRun(run, status: .finished)
    } catch {
      // The original error matters more than a failure to record it.
      try? store.finishRun(
        run, status: error is EvaluationStopped ? .interrupted : .failed,
        error: error is EvaluationStopped ? nil : "\(error)")
      throw error
    }
    return Outcome(plan: plan, run: run)
  }

  /// The interrupted or failed run of this very configuration, or a new one.
  private func openRun(_ preparation: Preparation) throws -> Int64 {
    try store.openRun(
      NewRun(
        kind: .evaluate, name: experiment.name,
        configuration: try configuration(preparation).json(), command: environment.command,
        versions: environment.versions, commit: environment.commit))
  }

  private func configuration(_ preparation: Preparation) -> EvaluationConfiguration {
    EvaluationConfiguration(
      experiment: experiment, weights: preparation.weights.mapValues(\.sha256),
      datasets: preparation.sources.mapValues(\.fingerprint),
      correctors: preparation.plan.correctors,
      simulated: experiment.datasets.map(\.name).filter {
        preparation.sources[$0]?.isSimulated == true
      },
      facts: preparation.sources.mapValues {
        DatasetFacts(
          layout: $0.kind, images: $0.items.count, available: $0.available,
          limit: experiment.limit,
          // Raw photos are taken for photographs of prints where nothing says what they are.
          printed: experiment.conditions.contains(.raw) && $0.settings.isEmpty || $0.isSimulated,
          simulated: $0.isSimulated, settings: $0.settings.isEmpty ? nil : $0.settings)
      },
      engine: environment.engine, precision: environment.precision, batchSize: options.batchSize,
      shard: options.shard?.description)
  }

  /// Whether this process's part of all open cells is stored already; what is missing is for others.
  private func isShardDone(_ preparation: Preparation) throws -> Bool {
    guard let shard = options.shard else { return false }
    return try experiment.datasets.allSatisfy { dataset in
      let cells = preparation.plan.pending.filter { $0.dataset == dataset.name }
      guard !cells.isEmpty, let source = preparation.sources[dataset.name] else { return true }
      let names = source.items.map(\.name)
      return BatchPlan(
        images: names.count, draws: preparation.plan.draws(of: dataset.name),
        size: options.batchSize,
        cells: try cells.map {
          BatchPlan.OpenCell(
            view: $0.view, draws: $0.identity.draws,
            recorded: try store.recorded(
              cell: $0.key, items: names, draws: $0.identity.draws))
        }, shard: shard
      ).batches.isEmpty
    }
  }

  /// Shows the open cells that other processes began, and ends those that are complete.
  private func finishCells(of plan: Plan) throws {
    for dataset in experiment.datasets.map(\.name) {
      let keys = plan.pending.filter { $0.dataset == dataset }.map(\.key)
      try store.showCells(keys, experiment: experiment.name, dataset: dataset)
      try store.finishEvaluations(try keys.compactMap(store.evaluation))
    }
  }

  private func compute(_ preparation: Preparation, run: Int64) throws {
    let pending = preparation.plan.pending
    var classifiers: [String: any ImageClassifier] = [:]
    for model in experiment.models where pending.contains(where: { $0.model == model }) {
      guard let weights = preparation.weights[model] else { continue }
      let classifier = try providers.classifier(weights)
      guard classifier.weightsDigest == weights.sha256 else {
        throw UserError("\(weights.path): changed while it was read", remedy: "repeat the command")
      }
      classifiers[model] = classifier
      try store.register(weights: weights)
    }
    var correctors: [String: any ImageCorrector] = [:]
    for reference in providers.correctors
    where pending.contains(where: { $0.corrector == reference.identity }) {
      let corrector = try reference.load()
      guard corrector.digest == reference.identity.digest else {
        throw UserError(
          "\(reference.path): changed while it was read", remedy: "repeat the command")
      }
      correctors[corrector.digest] = corrector
    }
    for dataset in experiment.datasets {
      let cells = pending.filter { $0.dataset == dataset.name }
      guard !cells.isEmpty, let source = preparation.sources[dataset.name] else { continue }
      if cells.contains(where: { $0.view == .distorted }) {
        let distortion = try experiment.makeDistortion()
        try store.register(distortion: distortion.identity, definition: distortion.definition)
      }
      let items = try store.register(
        dataset: DatasetRecord(
          fingerprint: source.fingerprint, name: dataset.name, kind: source.kind,
          path: source.path, items: source.items,
          classList: source.classList.flatMap(ClassListRecord.init)))
      let open = try cells.map { cell in
        Evaluator.OpenCell(
          evaluation: try store.beginEvaluation(
            try newEvaluation(cell, items: items.count, classifiers[cell.model]), run: run),
          identity: cell.identity)
      }
      let evaluator = Evaluator(
        store: store, runID: run, options: options, dataset: dataset, source: source, items: items,
        cells: open, classifiers: classifiers, correctors: correctors)
      try evaluator.run(draws: preparation.plan.draws(of: dataset.name))
      try store.finishEvaluations(open.map(\.evaluation))
    }
  }

  private func newEvaluation(
    _ cell: Plan.Cell, items: Int, _ classifier: (any ImageClassifier)?
  ) throws -> NewEvaluation {
    let corrector = providers.correctors.first { $0.identity == cell.corrector }
    return NewEvaluation(
      identity: cell.identity, experiment: experiment.name, experimentDigest: experiment.digest,
      datasetName: cell.dataset, correctorPath: corrector?.path,
      correctorRun: try corrector.flatMap { try store.trainingRun(ofFile: $0.identity.digest) },
      limit: experiment.limit, expected: items * cell.identity.draws,
      engineVersion: classifier?.engineVersion ?? environment.engineVersion,
      threads: environment.threads)
  }
}
