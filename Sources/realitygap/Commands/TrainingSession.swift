import Datasets
import Foundation
import NeuralNetworks
import Support
import Tensors
import Tracking
import Training

/// Photos, database and machine, on which one or several trainings run.
struct TrainingSession {
  /// A training and where it goes.
  struct Work {
    let configuration: TrainingConfiguration
    /// What the command changes of the training file.
    let changes: [YAMLSettings.Change]
    /// The folder to write to.
    let output: String
    /// As progress calls it.
    let title: String

    /// - Parameters:
    ///   - file: what the training file says, with `changes`.
    ///   - configuration: the same with the number of steps that is to be made.
    init(
      _ configuration: TrainingConfiguration, of file: TrainingConfiguration,
      changes: [YAMLSettings.Change], output: String, title: String
    ) {
      let (total, planned) = (configuration.totalSteps, file.totalSteps)
      let steps = YAMLSettings.Change(key: "steps", value: "\(total)", file: "\(planned)")
      self.changes = changes + (total == planned ? [] : [steps])
      (self.configuration, self.output, self.title) = (configuration, output, title)
    }
  }

  let options: TrainingOptions
  let store: Store
  private let photos: PhotoFolder
  private let heldOut: PhotoFolder?
  private let origin: Trainer.Origin?
  private let context: ComputeContext
  private let group: any ProcessGroup

  /// - Parameter group: the processes that train together; the first of them writes.
  init(_ options: TrainingOptions, group: any ProcessGroup = SingleProcess()) throws {
    self.options = options
    self.group = group
    photos = try PhotoFolder(path: options.images, progress: Self.listing(options.images, group))
    heldOut = group.writes ? try options.validation.map { try PhotoFolder(path: $0) } : nil
    origin = try options.origin
    context = try options.compute.makeContext()
    store = group.writes ? try Store.toWrite(options.database) : try Store()
  }

  /// Shows how far the listing of archives is, where it takes long.
  private static func listing(
    _ path: String, _ group: any ProcessGroup
  ) -> @Sendable (Int, Int) -> Void {
    guard group.writes else { return { _, _ in } }
    let (progress, start) = (Progress(), ContinuousClock.now)
    return { done, total in
      guard ContinuousClock.now - start > .seconds(3) else { return }
      progress.show("listing \(path)", done: done, of: total, unit: "MB")
    }
  }

  /// What is stored of a training when it starts.
  func newRun(_ work: Work) throws -> NewRun {
    let environment = Surroundings.environment(
      options.compute, backend: try options.compute.makeBackend(), context: context)
    return NewRun(
      kind: .train, name: work.configuration.name, configuration: try record(work).json(),
      command: environment.command,
      versions: environment.versions.merging(TrainingProcesses.facts(group)) { own, _ in own },
      commit: environment.commit)
  }

  /// Trains to the end.
  ///
  /// - Parameters:
  ///   - resume: whether a run that is in the folder goes on.
  ///   - claimed: the run's id where it was begun or taken over already.
  /// - Returns: the run's id and the corrector's file.
  /// - Throws: `Trainer.Stopped` when asked to stop, and what `Trainer` throws.
  func train(
    _ work: Work, resume: Bool, claimed: Int64? = nil
  ) throws -> (run: Int64, corrector: String) {
    let progress = Progress()
    let (title, speaks) = (work.title, group.writes)
    do {
      var behaviour = Trainer.Options(
        resume: resume, loaders: context.pool.threads, photographs: options.photographs,
        isStrict: options.strict,
        progress: { step, total, phase, parts in
          guard speaks else { return }
          let losses = parts.prefix(4).map { String(format: "%@ %.4g", $0.name, $0.value) }
          progress.show(
            title, done: step, of: total, unit: "steps",
            extra: ", \(phase): \(losses.joined(separator: ", "))")
        },
        resumed: { progress.resume(at: $0) }, note: { if speaks { progress.note($0) } },
        shouldStop: { Interruption.isRequested })
      behaviour.group = group
      behaviour.program = try TrainingProcesses.program(group)
      let trainer = try Trainer(
        work.configuration, photos: photos, validation: heldOut, output: work.output,
        initial: origin, store: store, backend: try options.compute.makeTrainingBackend(),
        context: context, options: behaviour)
      Interruption.takeOver(saying: "stopping after this step")
      return (try trainer.run(try newRun(work), claimed: claimed), trainer.correctorPath)
    } catch {
      // A run that was begun before its trainer could be made; one that ended is not changed again.
      if let claimed, !(error is Trainer.Stopped) {
        try store.finishRun(claimed, status: .failed, error: "\(error)")
      }
      throw error
    }
  }

  /// What is stored of the configuration.
  private func record(_ work: Work) throws -> TrainingRunConfiguration {
    func summary(_ folder: PhotoFolder) -> TrainingRunConfiguration.Photos {
      TrainingRunConfiguration.Photos(
        path: folder.path, count: folder.photos.count, fingerprint: folder.fingerprint)
    }
    return try TrainingRunConfiguration(
      training: work.configuration, images: summary(photos), validation: heldOut.map(summary),
      initial: try options.initial.map {
        StoredFile(path: $0, sha256: try FileDigest.sha256(path: $0))
      },
      engine: options.compute.engine.rawValue, precision: options.compute.precision.rawValue,
      changes: work.changes)
  }
}
