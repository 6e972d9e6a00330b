import Datasets
import Foundation
import Models
import NeuralNetworks
import Support
import Tensors
import Tracking
import WeightFiles

/// Trains a corrector G, with its discriminator, through the phases of a configuration.
///
/// Everything random is addressed by the step, and a checkpoint holds the rest, so that a run that
/// was stopped anywhere and resumed ends with the same bits as one that was not (on one engine, in one
/// precision), with any number of threads and processes.
public final class Trainer {
  private let configuration: TrainingConfiguration
  private let output: String
  private let batches: TrainingBatches
  private let faults: FaultLog
  private let photosFingerprint: String
  /// What the folders' listings left out.
  private let dataNotes: [DataNote]
  private let validation: Validation?
  private let store: Store
  private let options: Options
  private let tape: Tape
  private let networks: TrainedNetworks
  private let checkpoints: CheckpointFiles
  private let result: CorrectorOutput

  /// The corrector as it is written and validated.
  public var corrector: Corrector { networks.generator }
  /// Where the corrector is written.
  public var correctorPath: String { result.path }
  /// D, or `nil` if no phase has an adversarial loss.
  package var adversary: Adversary? { networks.adversary }

  /// Whether a folder holds a run that can go on.
  public static func hasCheckpoint(in output: String) -> Bool {
    FileManager.default.fileExists(atPath: CheckpointFiles.path(in: output))
  }

  /// - Parameters:
  ///   - configuration: with its steps already scaled.
  ///   - initial: where training starts, or `nil` for fresh parameters.
  ///   - output: the folder of `corrector.h5`, `state.h5` and the pictures; made when missing.
  /// - Throws: `UserError` for a configuration that makes no network or a folder that cannot be
  ///   made.
  public init(
    _ configuration: TrainingConfiguration, photos: PhotoFolder, validation: PhotoFolder?,
    output: String, initial: Origin? = nil, store: Store,
    backend: any Backend, context: ComputeContext, options: Options
  ) throws {
    self.configuration = configuration
    self.output = output
    self.store = store
    self.options = options
    let distortion = try Distortion.named(
      configuration.distortionFile ?? configuration.distortion)
    let photographs = PhotographCache(folder: options.photographs ?? "\(output)/photographs")
    let faults = FaultLog(isStrict: options.isStrict, group: options.group)
    self.faults = faults
    photosFingerprint = photos.fingerprint
    batches = TrainingBatches(
      photos, distortion: distortion, seed: configuration.seed, flip: configuration.flip,
      undistorted: configuration.undistorted, variants: configuration.variants,
      photographs: photographs, faults: faults.images)
    self.validation = try validation.map {
      try Self.validation(
        $0, distortion, seed: configuration.seed, photographs, options, faults)
    }
    dataNotes =
      photos.notes.map { DataNote(dataset: "images", text: $0) }
      + (validation?.notes ?? []).map { DataNote(dataset: "validation", text: $0) }
    tape = Tape(backend: backend, context: context)
    networks = try TrainedNetworks(
      configuration, initial: initial, context: context, note: options.note)
    let origin = networks.origin
    checkpoints = try CheckpointFiles(
      folder: output, length: RunLength(configuration),
      identityOf: { total in
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let same = try encoder.encode(configuration.extended(toSteps: total))
        return FileDigest.sha256(same) + " " + photos.fingerprint + origin
      }, note: options.note)
    result = CorrectorOutput(
      folder: output, configuration, identity: checkpoints.identity,
      photos: (photos.photos.count, photos.fingerprint))
    guard options.group.writes else { return }
    do {
      try FileManager.default.createDirectory(
        atPath: output, withIntermediateDirectories: true)
    } catch {
      throw UserError("\(output): cannot be created (\(error.localizedDescription))")
    }
  }

  /// Held-out photos, as far as they can be used; where none can, it is said why before the error.
  private static func validation(
    _ folder: PhotoFolder, _ distortion: Distortion, seed: UInt64,
    _ photographs: PhotographCache, _ options: Options, _ faults: FaultLog
  ) throws -> Validation {
    do {
      return try Validation(
        folder, distortion: distortion, seed: seed, photographs: photographs, limit: 64,
        threads: options.loaders, faults: faults.validation)
    } catch {
      for item in faults.take().leftOut { options.note(item.line) }
      throw error
    }
  }

  /// Trains to the end.
  ///
  /// - Parameters:
  ///   - run: what to store about the run, when it is a new one.
  ///   - claimed: the run's id where it was begun or taken over already, see `Store.claim`.
  /// - Returns: the run's id.
  /// - Throws: `UserError` for photos or files that cannot be used, losses that are not finite, or a
  ///   state that belongs to another run; `Stopped` when asked to stop.
  public func run(_ run: NewRun, claimed: Int64? = nil) throws -> Int64 {
    let start = try begin(run, claimed)
    do {
      try checkProcesses(step: start.step)
      try start.log.begin(dataNotes)
      try train(from: start)
      try start.log.summariseFaults(of: batches.count)
      try start.log.finish()
    } catch {
      tape.clear()
      // This error matters most; what of the end cannot be recorded is said in a line.
      record { try start.log.recordFaults(ofAll: false) }
      record { try start.log.finish(error) }
      throw error
    }
    return start.log.run
  }

  private func record(_ end: () throws -> Void) {
    do { try end() } catch { options.note("the run's end is not wholly recorded: \(error)") }
  }

  /// Whether all processes are to train the same, in the same way.
  private func checkProcesses(step: Int) throws {
    let group = options.group
    if let phase = configuration.phases.first(where: { $0.microbatches < group.size }) {
      throw UserError(
        "phase \(phase.name): \(group.size) processes need as many microbatches, and a batch has "
          + "\(phase.microbatches)",
        remedy: phase.batch < group.size
          ? "start at most \(phase.batch)"
          : "set microbatch, at most \(phase.batch / group.size), or start fewer processes")
    }
    try group.compare([
      ("photos", photosFingerprint), ("configuration or --initial", checkpoints.identity),
      ("the step to go on from", "\(step)"),
      ("engine", tape.backend.name + ", " + tape.backend.versions), ("program", options.program),
    ])
  }

  private struct Start {
    let log: TrainingLog
    let step: Int
    let moments: [String: Adam.Moments]
  }

  private func begin(_ run: NewRun, _ claimed: Int64?) throws -> Start {
    func new() throws -> TrainingLog { log(try claimed ?? store.startRun(run)) }
    guard options.resume else {
      guard !checkpoints.exists else {
        throw UserError(
          "\(output): already holds a training run",
          remedy: "continue with --resume, or choose another --output")
      }
      return Start(log: try new(), step: 0, moments: [:])
    }
    guard checkpoints.exists else {
      // Killed before its first checkpoint: it starts over.
      options.note("\(checkpoints.path): no checkpoint yet; starting from the beginning")
      return Start(log: try new(), step: 0, moments: [:])
    }
    let checkpoint = try checkpoints.read()
    try networks.load(checkpoint, file: checkpoints.path)
    guard let moments = checkpoint.moments["generator"], !moments.isEmpty else {
      throw UserError(
        "\(checkpoints.path): the optimiser's state is missing",
        remedy: "train into another --output")
    }
    let id = try claimed ?? continued(checkpoint, run)
    options.resumed(checkpoint.step)
    options.note("resuming at step \(checkpoint.step) of \(configuration.totalSteps)")
    return Start(log: log(id, sums: checkpoint.sums), step: checkpoint.step, moments: moments)
  }

  private func log(_ run: Int64, sums: [String: MetricLog.Sum] = [:]) -> TrainingLog {
    TrainingLog(
      run: run, store: store, phases: configuration.phasesBySteps, output: output,
      faults: faults, sums: sums, note: options.note)
  }

  /// The database row under which a resumed run continues: its own, or a new one in a database
  /// that does not know it.
  private func continued(_ checkpoint: Checkpoint, _ run: NewRun) throws -> Int64 {
    guard let known = try store.run(checkpoint.run), known.kind == .train, known.name == run.name
    else { return try store.startRun(run) }
    if known.status == .finished, checkpoint.identity != checkpoints.identity {
      try store.extendRun(known.id, configuration: run.configuration)
      return known.id
    }
    guard known.configuration == run.configuration else { return try store.startRun(run) }
    let isComplete = checkpoint.step >= configuration.totalSteps && known.status == .finished
    if !isComplete { try store.resumeRun(known.id) }
    return known.id
  }

  private func train(from start: Start) throws {
    var (begin, firstSample) = (0, 0)
    for phase in configuration.phases {
      let end = begin + phase.steps
      if start.step < end {
        let isResumed = start.step > begin
        try train(
          phase, begin: begin, from: max(start.step, begin), firstSample: firstSample, start,
          moments: isResumed ? start.moments : [:])
      }
      (begin, firstSample) = (end, firstSample + phase.steps * phase.batch)
    }
    if start.step >= configuration.totalSteps { try writeResult(start.log) }
  }

  private func writeResult(_ log: TrainingLog) throws {
    if options.group.writes { try result.write(networks, log: log) }
  }

  /// One phase, from a step that counts over all phases.
  private func train(
    _ phase: TrainingConfiguration.Phase, begin: Int, from first: Int, firstSample: Int,
    _ start: Start, moments: [String: Adam.Moments]
  ) throws {
    let log = start.log
    let learn = TrainingStep(
      configuration, phase: phase, generator: networks.generator, adversary: networks.adversary,
      tape: tape, group: options.group)
    try learn.adam.restore(moments)
    if first == begin {
      networks.beginPhase()
      log.beginPhase()
    }
    let batches = batches
    let filter =
      phase.exact.contains { $0.truth == .theta } ? configuration.corrector.stn.photoFilter : nil
    let share = options.group.share(of: phase.microbatches)
    let size = phase.batch / phase.microbatches
    let loader = PrefetchingLoader<Result<TrainingBatch, any Error>>(
      count: (phase.steps - (first - begin)) * share.count, threads: options.loaders,
      ahead: options.loaders + 2
    ) { index in
      let (step, place) = index.quotientAndRemainder(dividingBy: share.count)
      let batch = firstSample + (first - begin + step) * phase.batch
      return Result {
        try batches.batch(
          first: batch + (share.lowerBound + place) * size, size: size,
          jitter: phase.exact.contains { $0.truth == .colors } ? .both : .distorted,
          filter: filter)
      }
    }
    defer { loader.cancel() }
    for step in first..<begin + phase.steps {
      let clock = ContinuousClock.now
      let batch = StepBatch(share, of: phase.microbatches) {
        guard let batch = try loader.next()?.get() else {
          throw UserError("training stopped at step \(step): there are no more batches")
        }
        return batch
      }
      let parts: [(name: String, value: Float)]
      do {
        parts = try learn(batch, step: step - begin)
      } catch let error as TrainingStep.Diverged {
        throw try divergence(error, step: step, log)
      }
      networks.update()
      log.add(parts, images: phase.batch, seconds: (ContinuousClock.now - clock) / .seconds(1))
      options.progress(step + 1, configuration.totalSteps, phase.name, parts)
      try afterStep(step + 1, phase, learn.adam, endsPhase: step + 1 == begin + phase.steps, log)
    }
  }

  /// The error for a step that diverged, after going back to the last good checkpoint.
  private func divergence(
    _ error: TrainingStep.Diverged, step: Int, _ log: TrainingLog
  ) throws -> UserError {
    let problem = "training diverged at step \(step + 1): \(error.part) is \(error.value)"
    guard options.group.writes else { return UserError(problem) }
    var good: Int?
    switch try checkpoints.good(before: step, accept: networks.load) {
    case .none: break
    case .last(let step): good = step
    case .earlier(let checkpoint):
      try result.write(networks, log: log)
      good = checkpoint.step
    }
    return UserError(
      problem,
      remedy: (good.map { "the last good checkpoint is \(checkpoints.path), step \($0); " } ?? "")
        + "lower the learning rate or set clip, and train into another --output")
  }

  /// Metrics, validation and checkpoint, where they are due; the first two at a phase's end, too.
  private func afterStep(
    _ done: Int, _ phase: TrainingConfiguration.Phase, _ adam: Adam, endsPhase: Bool,
    _ log: TrainingLog
  ) throws {
    let stops = try options.group.agree(options.shouldStop())
    try log.recordFaults()
    let isLast = done == configuration.totalSteps
    if done % configuration.reportEvery == 0 || endsPhase { try log.report(step: done) }
    if done % configuration.validateEvery == 0 || endsPhase, let validation {
      let (result, picture) = try networks.withMeans {
        try validation($0, tape: tape, active: Set(phase.active))
      }
      try log.record(result, picture, step: done)
    }
    if done % configuration.checkpointEvery == 0 || isLast || stops, options.group.writes {
      try checkpoints.write(
        networks.checkpoint(
          step: done, of: RunLength(configuration), run: log.run, identity: checkpoints.identity,
          adam: adam, sums: log.sums))
      try writeResult(log)
    }
    if stops, !isLast { throw Stopped() }
  }
}
