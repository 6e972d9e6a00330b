import Datasets
import Evaluation
import Foundation
import Logging
import Models
import NeuralNetworks
import Reporting
import Support
import Tensors
import Tracking
import WeightFiles

/// One run of an experiment from the command line: opens what it needs, shows progress, prints the
/// table and writes the report.
struct ExperimentSession {
  private let experiment: Experiment
  private let options: ExperimentOptions

  /// - Throws: `UserError` for a bad experiment file or overrides that do not fit it.
  init(_ file: String, _ options: ExperimentOptions) throws {
    experiment = try Experiment(file: file)
      .applying(try options.overrides(), needsPaths: !options.dryRun)
    self.options = options
  }

  func run() throws {
    if options.dryRun {
      try DryRun(experiment: experiment, options: options).check()
      print(Self.summary(try prepared().preparation.plan))
      return
    }
    let (runner, preparation, progress) = try prepared()
    // Fail on an unwritable report before hours of work, not after them.
    try ReportWriter.check(folder: options.output, experiment: experiment)
    for cell in preparation.plan.missing where cell.condition == .corrected {
      progress.note("\(cell.model) on \(cell.dataset), \(cell.condition): \(cell.reason)")
    }
    Interruption.takeOver(saying: "stopping after this batch")
    let outcome: ExperimentRunner.Outcome
    do {
      outcome = try runner.run(preparation)
    } catch is EvaluationStopped {
      throw Interruption.interrupted(
        "stopped; results so far are in \(options.database); repeat the command to continue")
    }
    if let run = outcome.run {
      for note in try runner.store.dataNotes(run: run).filter(\.isDamage).forReading {
        progress.note("\(note.dataset): \(note.text)")
      }
    } else {
      let part = options.shard.map { "shard \($0)" } ?? "all results"
      progress.note("nothing to compute: \(options.database) already has \(part)")
    }
    let report = try Terminal.set(whole: "\(options.output)/\(experiment.name).md") {
      try writeReport(outcome, runner.store)
    }
    print(Terminal.fitted(report.text))
    progress.note("report: \(report.path)")
    try noteOpenCells(outcome.plan, runner.store, progress)
    if let (dataset, images) = report.unusable {
      throw UserError(
        "\(dataset): none of its \(images) images could be used",
        remedy: "see the report for the reasons")
    }
  }

  /// Opens what the experiment needs and plans its cells; with --dry-run nothing on the disk changes.
  private func prepared() throws -> (
    runner: ExperimentRunner, preparation: ExperimentRunner.Preparation, progress: Progress
  ) {
    let backend = try options.compute.makeBackend()
    let context = try options.compute.makeContext()
    let store =
      options.dryRun
      ? try Store(path: options.database, options: Store.Options(access: .snapshot)).trusted()
      : try Store.toWrite(options.database)
    let progress = Progress()
    let runner = ExperimentRunner(
      experiment: experiment, store: store,
      providers: try providers(backend, context, note: progress.note),
      environment: Surroundings.environment(options.compute, backend: backend, context: context),
      options: EvaluationOptions(
        batchSize: options.batching.size, isStrict: options.strict, shard: options.shard,
        progress: {
          progress.show(
            $0.dataset, done: $0.done, of: $0.total, unit: "images",
            extra: $0.failed > 0 ? ", \($0.failed) failed" : "")
        },
        failure: { progress.note("\($0): \($1)") },
        shouldStop: { Interruption.isRequested }))
    let preparation = try runner.prepare()
    let logger = Logger(label: "plan")
    for cell in preparation.plan.cells {
      logger.debug(
        "\(cell.isFinished ? "done" : "to compute"): \(cell.model), \(cell.dataset), \(cell.condition)",
        metadata: ["key": "\(cell.key)", "draws": "\(cell.identity.draws)"])
    }
    return (runner, preparation, progress)
  }

  /// Several shards may end at once and write the same report: whoever is last must have seen what
  /// the others stored, so the results are read again after they are written.
  private func writeReport(
    _ outcome: ExperimentRunner.Outcome, _ store: Store
  ) throws -> (path: String, text: String, unusable: (dataset: String, images: Int)?) {
    var results = try ExperimentResults(experiment: experiment, store: store, plan: outcome.plan)
    while true {
      let report = try ReportWriter.write(
        results, to: options.output, store: store, run: outcome.run)
      let all = (report.path, report.text, results.unusable)
      guard options.shard != nil else { return all }
      let now = try ExperimentResults(experiment: experiment, store: store, plan: outcome.plan)
      if now.rows == results.rows { return all }
      results = now
    }
  }

  /// Notes after a shard what other shards still have to compute.
  private func noteOpenCells(_ plan: Plan, _ store: Store, _ progress: Progress) throws {
    guard let shard = options.shard else { return }
    let open = plan.cells.count - (try store.finishedCells(among: plan.cells.map(\.key)).count)
    progress.note(
      open == 0
        ? "shard \(shard) is done, and all cells are complete"
        : "shard \(shard) is done; \(open) of \(plan.cells.count) cells are incomplete until the "
          + "other shards are in \(options.database) too (computed there or merged into it)")
  }

  private func providers(
    _ backend: any Backend, _ context: ComputeContext,
    note: @escaping @Sendable (String) -> Void
  ) throws -> Providers {
    let folder = DryRun.weightsFolder(experiment)
    let precision = options.compute.precision
    let threads = context.pool.threads
    let classes = try experiment.classList()
    let workers = ExternalClassifiers(
      experiment, classes: classes.count, timeLimit: options.classifierTimeout)
    return Providers(
      weights: { model in
        try workers.record(of: model) ?? Self.weights(of: model, in: folder)
      },
      classifier: { weights in
        if let worker = try workers[weights.architecture] { return worker }
        return try LoadedClassifier(
          weights, backend: backend, precision: precision, context: context)
      },
      source: { dataset, experiment in
        guard let path = dataset.path else {
          throw UserError(
            "no path given for dataset \(dataset.name)",
            remedy: "give --data \(dataset.name)=PATH")
        }
        let whole = try LabelledDataset(name: dataset.name, path: path, classes: classes)
        for line in whole.notes { note("\(dataset.name): \(line)") }
        let set = experiment.limit.map { whole.limited(to: $0, seed: experiment.seed) } ?? whole
        return DatasetSource(
          set, distortion: try experiment.makeDistortion(), seed: experiment.seed, threads: threads,
          available: whole.items.count)
      },
      correctors: try (experiment.corrector?.files ?? []).map {
        try reference(name: $0.name, path: $0.path, context)
      })
  }

  /// The corrector's file, hashed and checked but not kept.
  private func reference(
    name: String?, path: String, _ context: ComputeContext
  ) throws -> CorrectorReference {
    let (backend, precision) = (try options.compute.makeBackend(), options.compute.precision)
    _ = try CorrectorFile.load(path)
    let identity = CorrectorIdentity(name: name, digest: try FileDigest.sha256(path: path))
    return CorrectorReference(path: path, identity: identity) {
      try LoadedCorrector(path: path, backend: backend, precision: precision, context: context)
    }
  }

  /// The weights of a model, hashed but not loaded.
  private static func weights(of model: String, in folder: String) throws -> WeightsRecord {
    let path = try DryRun.weights(of: model, in: folder)
    // A file of which this cannot be read is refused when it is loaded.
    let source = try? HDF5File(path: path).attributes()["source"]?.text
    return WeightsRecord(
      sha256: try FileDigest.sha256(path: path), architecture: model, path: path,
      source: source ?? "")
  }

  /// What `--dry-run` prints.
  private static func summary(_ plan: Plan) -> String {
    let cells = plan.cells.map {
      "\($0.isFinished ? "done   " : "compute")  \($0.model)  \($0.dataset)  \($0.condition)"
        + ($0.corrector?.name.map { " \($0)" } ?? "")
        + "  \($0.identity.draws) draw\($0.identity.draws == 1 ? "" : "s")"
    }
    let missing = plan.missing.map {
      "missing  \($0.model)  \($0.dataset)  \($0.condition)  (\($0.reason))"
    }
    return (cells + missing).joined(separator: "\n")
  }
}
