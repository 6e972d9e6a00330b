import Datasets
import Foundation
import Imaging
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
/// precision, with one number of threads).
public final class Trainer {
  /// How a run behaves.
  public struct Options: Sendable {
    public var resume: Bool
    /// Threads that decode and distort ahead.
    public var loaders: Int
    /// Whether a photo that cannot be used ends the run.
    public var isStrict: Bool
    /// Called after each step with the step, the total, and the phase's name.
    public var progress: @Sendable (Int, Int, String, [(name: String, value: Float)]) -> Void
    /// Called with the step from which a run continues.
    public var resumed: @Sendable (Int) -> Void
    /// A line for the user.
    public var note: @Sendable (String) -> Void
    /// Asked after each step; `true` saves and ends the run as interrupted.
    public var shouldStop: @Sendable () -> Bool

    public init(
      resume: Bool = false, loaders: Int = 2, isStrict: Bool = false,
      progress:
        @escaping @Sendable (Int, Int, String, [(name: String, value: Float)]) -> Void = {
          _, _, _, _ in
        },
      resumed: @escaping @Sendable (Int) -> Void = { _ in },
      note: @escaping @Sendable (String) -> Void = { _ in },
      shouldStop: @escaping @Sendable () -> Bool = { false }
    ) {
      self.resume = resume
      self.loaders = loaders
      self.isStrict = isStrict
      self.progress = progress
      self.resumed = resumed
      self.note = note
      self.shouldStop = shouldStop
    }
  }

  /// A corrector from which training starts.
  public struct Origin: Sendable {
    /// Its file.
    public var path: String
    /// The stages to take over, if their architecture is the new one's.
    public var stages: Set<CorrectorConfiguration.Stage>

    public init(
      path: String,
      stages: Set<CorrectorConfiguration.Stage> = Set(CorrectorConfiguration.Stage.allCases)
    ) {
      self.path = path
      self.stages = stages
    }
  }

  /// Thrown when `Options.shouldStop` said so; everything up to there is saved.
  public struct Stopped: Error, Sendable {}

  private let configuration: TrainingConfiguration
  private let phases: TrainingPhases
  private let output: String
  private let batches: TrainingBatches
  private let leftOut = LeftOutLog()
  /// What the folders' listings left out.
  private let dataNotes: [DataNote]
  private let validation: Validation?
  private let store: Store
  private let options: Options
  private let tape: Tape
  private let generator: Corrector
  package let adversary: Adversary?
  private var average: RunningAverage?
  private let identity: String
  /// What the corrector's file says of its origin.
  private let notes: [String: String]
  private var log = MetricLog()
  /// Steps that were done at the last checkpoint.
  private var lastSaved: Int?
  private var currentRun: Int64?

  /// The corrector as it is written and validated.
  public var corrector: Corrector { generator }

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
    phases = configuration.phasesBySteps
    self.output = output
    self.store = store
    self.options = options
    let ranges = try Distortion.named(
      configuration.distortionFile ?? configuration.distortion)
    batches = TrainingBatches(
      photos, ranges: ranges, seed: configuration.seed, flip: configuration.flip,
      undistorted: configuration.undistorted, isStrict: options.isStrict,
      leftOut: leftOut.collect("images"))
    self.validation = try validation.map { [leftOut] in
      try Self.validation($0, ranges, seed: configuration.seed, options, leftOut)
    }
    dataNotes =
      photos.notes.map { DataNote(dataset: "images", text: $0) }
      + (validation?.notes ?? []).map { DataNote(dataset: "validation", text: $0) }
    tape = Tape(backend: backend, context: context)
    let generator = try Corrector(configuration.corrector, seed: configuration.seed)
    self.generator = generator
    var origin = ""
    if let initial {
      let adopted = generator.adopt(try CorrectorFile.load(initial.path), initial.stages)
      let names = adopted.map(\.rawValue).joined(separator: ", ")
      guard !adopted.isEmpty else {
        throw UserError(
          "\(initial.path): has no stage with the architecture of one in \(configuration.name)",
          remedy: "use its sizes in the training file")
      }
      options.note("starting from \(names) of \(initial.path)")
      origin = " \(try FileDigest.sha256(path: initial.path)) \(names)"
    }
    let needsAdversary = configuration.phases.contains { $0.losses.adversarial > 0 }
    adversary =
      needsAdversary
      ? Adversary(configuration, context: context) : nil
    average = configuration.averaging.map {
      RunningAverage(generator.parameters, decay: Float($0))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    identity =
      FileDigest.sha256(try encoder.encode(configuration)) + " " + photos.fingerprint + origin
    notes = [
      "training": configuration.name, "training_description": configuration.description ?? "",
      "training_identity": identity, "training_steps": "\(configuration.totalSteps)",
      "training_samples": "\(configuration.phases.reduce(0) { $0 + $1.steps * $1.batch })",
      "training_photos": "\(photos.photos.count)",
      "training_photos_fingerprint": photos.fingerprint,
    ].filter { !$0.value.isEmpty }
    do {
      try FileManager.default.createDirectory(
        atPath: output, withIntermediateDirectories: true)
    } catch {
      throw UserError("\(output): cannot be created (\(error.localizedDescription))")
    }
  }

  /// Held-out photos, as far as they can be used; where none can, it is said why before the error.
  private static func validation(
    _ folder: PhotoFolder, _ ranges: Distortion, seed: UInt64, _ options: Options,
    _ leftOut: LeftOutLog
  ) throws -> Validation {
    do {
      return try Validation(
        folder, ranges: ranges, seed: seed, limit: 64, isStrict: options.isStrict,
        leftOut: leftOut.collect("validation"))
    } catch {
      for item in leftOut.take() { options.note(line(item)) }
      throw error
    }
  }

  private static func line(_ item: LeftOutItem) -> String {
    "\(item.dataset): left out \(item.item): \(item.reason)"
  }

  private var statePath: String { "\(output)/state.h5" }
  /// The checkpoint before the last one, in case that one turns out to hold what diverged.
  private var earlierStatePath: String { "\(output)/state-before.h5" }
  /// Where the corrector is written.
  public var correctorPath: String { "\(output)/corrector.h5" }

  /// Trains to the end.
  ///
  /// - Parameter run: what to store about the run, when it is a new one.
  /// - Returns: the run's id.
  /// - Throws: `UserError` for photos or files that cannot be used, losses that are not finite, or a
  ///   state that belongs to another run; `Stopped` when asked to stop.
  public func run(_ run: NewRun) throws -> Int64 {
    let start = try begin(run)
    currentRun = start.run
    do {
      try recordDataNotes(start.run)
      try recordLeftOut(start.run)
      try train(from: start)
      try summariseLeftOut(start.run)
      try store.finishRun(start.run, status: .finished)
    } catch {
      tape.clear()
      // As below.
      try? recordLeftOut(start.run)
      // The original error matters more than a failure to record it.
      try? store.finishRun(
        start.run, status: error is Stopped ? .interrupted : .failed,
        error: error is Stopped ? nil : "\(error)")
      throw error
    }
    return start.run
  }

  /// What is known of the data before it is used.
  private func recordDataNotes(_ run: Int64) throws {
    for dataset in ["images", "validation"] {
      let notes = dataNotes.filter { $0.dataset == dataset }.map(\.text)
      for note in notes { options.note("\(dataset): \(note)") }
      try store.record(notes: notes, dataset: dataset, run: run)
    }
  }

  /// Names and stores the photos that turned out to be of no use since the last call.
  private func recordLeftOut(_ run: Int64) throws {
    let items = leftOut.take()
    for item in items { options.note(Self.line(item)) }
    try store.record(leftOut: items, run: run)
  }

  private func summariseLeftOut(_ run: Int64) throws {
    try recordLeftOut(run)
    let items = try store.leftOut(run: run)
    let photos = items.count { $0.dataset == "images" }
    if photos > 0 {
      options.note(
        "images: \(photos) of \(batches.count) photos left out and replaced by others")
    }
    let heldOut = items.count - photos
    if heldOut > 0 { options.note("validation: \(heldOut) photos left out") }
  }

  private struct Start {
    let run: Int64
    let step: Int
    let moments: [String: Adam.Moments]
  }

  private func begin(_ run: NewRun) throws -> Start {
    guard options.resume else {
      guard !FileManager.default.fileExists(atPath: statePath) else {
        throw UserError(
          "\(output): already holds a training run",
          remedy: "continue with --resume, or choose another --output")
      }
      return Start(run: try store.startRun(run), step: 0, moments: [:])
    }
    guard FileManager.default.fileExists(atPath: statePath) else {
      // Killed before its first checkpoint: it starts over.
      options.note("\(statePath): no checkpoint yet; starting from the beginning")
      return Start(run: try store.startRun(run), step: 0, moments: [:])
    }
    let checkpoint = try Checkpoint(path: statePath)
    guard checkpoint.identity == identity, checkpoint.step >= 0 else {
      throw UserError(
        "\(statePath): belongs to another configuration, number of steps or set of photos",
        remedy: "resume with the same ones, or choose another --output")
    }
    try load(checkpoint, file: statePath)
    guard let moments = checkpoint.moments["generator"], !moments.isEmpty else {
      throw UserError(
        "\(statePath): the optimiser's state is missing", remedy: "train into another --output")
    }
    let id = try continued(checkpoint, run)
    lastSaved = checkpoint.step
    options.resumed(checkpoint.step)
    options.note("resuming at step \(checkpoint.step) of \(configuration.totalSteps)")
    return Start(run: id, step: checkpoint.step, moments: moments)
  }

  private func load(_ checkpoint: Checkpoint, file: String) throws {
    // What a group lacks is named when it is loaded.
    try generator.parameters.load(checkpoint.states["generator"] ?? StateDict(), file: file)
    try average?.load(checkpoint.states["average"] ?? StateDict(), file: file)
    try adversary?.restore(checkpoint, file: file)
    log.restart(checkpoint.sums)
  }

  /// The database row under which a resumed run continues: its own, or a new one in a database
  /// that does not know it.
  private func continued(_ checkpoint: Checkpoint, _ run: NewRun) throws -> Int64 {
    guard let known = try store.run(checkpoint.run), known.kind == .train, known.name == run.name,
      known.configuration == run.configuration
    else { return try store.startRun(run) }
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
    if start.step >= configuration.totalSteps { try writeCorrector(run: start.run) }
  }

  /// One phase, from a step that counts over all phases.
  private func train(
    _ phase: TrainingConfiguration.Phase, begin: Int, from first: Int, firstSample: Int,
    _ start: Start, moments: [String: Adam.Moments]
  ) throws {
    let learn = TrainingStep(
      configuration, phase: phase, generator: generator, adversary: adversary, tape: tape)
    try learn.adam.restore(moments)
    if first == begin {
      average?.restart()
      log.restart()
    }
    let batches = batches
    let loader = PrefetchingLoader<Result<TrainingBatch, any Error>>(
      count: phase.steps - (first - begin), threads: options.loaders, ahead: options.loaders + 2
    ) { index in
      let sample = firstSample + (first - begin + index) * phase.batch
      return Result {
        try batches.batch(
          first: sample, size: phase.batch,
          jitter: phase.exact.contains(.color) ? .both : .distorted)
      }
    }
    defer { loader.cancel() }
    for step in first..<begin + phase.steps {
      guard let batch = try loader.next()?.get() else {
        throw UserError("training stopped at step \(step): there are no more batches")
      }
      let parts: [(name: String, value: Float)]
      do {
        parts = try learn(batch, step: step - begin)
      } catch let error as TrainingStep.Diverged {
        throw try divergence(error, step: step)
      }
      average?.update(generator.parameters)
      log.add(parts, images: phase.batch)
      options.progress(step + 1, configuration.totalSteps, phase.name, parts)
      try afterStep(
        step + 1, phase, learn.adam, endsPhase: step + 1 == begin + phase.steps, start.run)
    }
  }

  /// The error for a step that diverged, after going back to the last good checkpoint.
  private func divergence(_ error: TrainingStep.Diverged, step: Int) throws -> UserError {
    let good = try lastGoodCheckpoint(before: step)
    return UserError(
      "training diverged at step \(step + 1): \(error.part) is \(error.value)",
      remedy: (good.map { "the last good checkpoint is \(statePath), step \($0); " } ?? "")
        + "lower the learning rate or set clip, and train into another --output")
  }

  /// Makes state.h5 and corrector.h5 those of the last checkpoint from which a step went well.
  ///
  /// - Returns: its step, or `nil` when there is none.
  private func lastGoodCheckpoint(before step: Int) throws -> Int? {
    guard let lastSaved else { return nil }
    // Anything between shows that the checkpoint is sound.
    guard lastSaved == step else { return lastSaved }
    guard FileManager.default.fileExists(atPath: earlierStatePath) else { return nil }
    let checkpoint = try Checkpoint(path: earlierStatePath)
    try load(checkpoint, file: earlierStatePath)
    guard rename(earlierStatePath, statePath) == 0 else { return nil }
    if let currentRun { try writeCorrector(run: currentRun) }
    return checkpoint.step
  }

  /// Metrics, validation and checkpoint, where they are due; the first two at a phase's end, too.
  private func afterStep(
    _ done: Int, _ phase: TrainingConfiguration.Phase, _ adam: Adam, endsPhase: Bool, _ run: Int64
  ) throws {
    let stops = options.shouldStop()
    try recordLeftOut(run)
    let isLast = done == configuration.totalSteps
    if done % configuration.reportEvery == 0 || endsPhase {
      let name = phases.phase(ofStep: done)?.name
      try store.record(metrics: log.take(step: done, phase: name), run: run)
    }
    if done % configuration.validateEvery == 0 || endsPhase, let validation {
      try validate(validation, step: done, active: Set(phase.active), run)
    }
    if done % configuration.checkpointEvery == 0 || isLast || stops {
      try save(step: done, adam, run)
      try writeCorrector(run: run)
    }
    if stops, !isLast { throw Stopped() }
  }

  private func validate(
    _ validation: Validation, step: Int, active: Set<CorrectorConfiguration.Stage>, _ run: Int64
  ) throws {
    let current = average?.exchange(generator.parameters)
    defer { if let current { average?.giveBack(current, generator.parameters) } }
    let (result, picture) = try validation(generator, tape: tape, active: active)
    try store.record(
      metrics: result.metrics.map {
        MetricValue(
          step: step, name: $0.name, value: $0.value, phase: phases.phase(ofStep: step)?.name)
      }, run: run)
    let path = "\(output)/validation-\(step).jpg"
    let bytes = try JPEG.encode(picture, quality: 90)
    try AtomicFile.write(bytes, to: path)
    try store.record(
      artifact: Artifact(path: path, kind: "samples", sha256: FileDigest.sha256(bytes)), run: run)
    options.note(
      String(
        format: "step %d, held-out: mse distorted %.5f, transformed %.5f, corrected %.5f "
          + "(%.1f dB, SSIM %.3f), theta error %.4f", step, result.distorted.mse,
        result.transformed.mse, result.corrected.mse, result.corrected.psnr,
        result.corrected.ssim, result.thetaError))
  }

  private func save(step: Int, _ adam: Adam, _ run: Int64) throws {
    var states = ["generator": generator.parameters.state]
    var moments = ["generator": adam.moments]
    if let average { states["average"] = average.state }
    if let adversary {
      states["discriminator"] = adversary.network.parameters.state
      moments["discriminator"] = adversary.adam.moments
    }
    if lastSaved != nil { keepEarlierState() }
    try Checkpoint(
      step: step, run: run, identity: identity, states: states, moments: moments,
      sums: log.sums
    ).write(to: statePath)
    lastSaved = step
  }

  /// Keeps the last checkpoint beside the one that is about to take its place. Training needs it only
  /// should it diverge: where it cannot be kept, a line says so.
  private func keepEarlierState() {
    let files = FileManager.default
    do {
      if files.fileExists(atPath: earlierStatePath) {
        try files.removeItem(atPath: earlierStatePath)
      }
      // A link, so that state.h5 is there at any time.
      try files.linkItem(atPath: statePath, toPath: earlierStatePath)
    } catch {
      options.note("\(earlierStatePath): cannot be kept (\(error.localizedDescription))")
    }
  }

  private func writeCorrector(run: Int64) throws {
    let current = average?.exchange(generator.parameters)
    defer { if let current { average?.giveBack(current, generator.parameters) } }
    try CorrectorFile.write(generator, to: correctorPath, notes: notes)
    try store.record(
      artifact: Artifact(
        path: correctorPath, kind: "corrector",
        sha256: try FileDigest.sha256(path: correctorPath)), run: run)
  }
}
