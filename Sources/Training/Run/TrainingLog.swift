import Foundation
import Imaging
import Models
import Support
import Tracking

/// What is stored of a run while it trains, and said about it: its data, losses, held-out errors and
/// files.
final class TrainingLog {
  let run: Int64
  private let store: Store
  private let phases: TrainingPhases
  private let output: String
  private let faults: FaultLog
  private let note: (String) -> Void
  private var losses = MetricLog()

  /// - Parameters:
  ///   - output: the folder of the pictures.
  ///   - sums: of the losses that no report has yet.
  ///   - note: takes a line for the user.
  init(
    run: Int64, store: Store, phases: TrainingPhases, output: String, faults: FaultLog,
    sums: [String: MetricLog.Sum], note: @escaping (String) -> Void
  ) {
    (self.run, self.store, self.phases, self.output) = (run, store, phases, output)
    (self.faults, self.note) = (faults, note)
    losses.restart(sums)
  }

  /// Sums of the losses that no report has yet.
  var sums: [String: MetricLog.Sum] { losses.sums }

  /// What is known of the data before it is used.
  func begin(_ notes: [DataNote]) throws {
    for dataset in ["images", "validation"] {
      let lines = notes.filter { $0.dataset == dataset }.map(\.text)
      for line in lines { note("\(dataset): \(line)") }
      try store.record(notes: lines, dataset: dataset, run: run)
    }
    try recordFaults()
  }

  /// Names and stores the photos that turned out to be of no use since the last call, and stores
  /// those that are damaged.
  ///
  /// - Parameter ofAll: whether those that other processes came upon, too: all of them call this then.
  func recordFaults(ofAll: Bool = true) throws {
    let (items, notes) = ofAll ? try faults.takeAll() : faults.take()
    for item in items { note(item.line) }
    try store.record(leftOut: items, run: run)
    try store.add(notes: notes, run: run)
  }

  /// - Parameter photos: how many photos there are to train on.
  func summariseFaults(of photos: Int) throws {
    try recordFaults()
    let items = try store.leftOut(run: run)
    let count = items.count { $0.dataset == "images" }
    if count > 0 {
      note("images: \(count) of \(photos) photos left out and replaced by others")
    }
    let heldOut = items.count - count
    if heldOut > 0 { note("validation: \(heldOut) photos left out") }
    for damage in try store.dataNotes(run: run).filter(\.isDamage).forReading {
      note("\(damage.dataset): \(damage.text)")
    }
  }

  /// A phase starts.
  func beginPhase() { losses.restart() }

  /// The losses of a step, and how long it took.
  func add(_ parts: [(name: String, value: Float)], images: Int, seconds: Double) {
    losses.add(parts, images: images, seconds: seconds)
  }

  /// Stores the means since the last report.
  func report(step: Int) throws {
    let phase = phases.phase(ofStep: step)?.name
    try store.record(metrics: losses.take(step: step, phase: phase), run: run)
  }

  /// Stores the errors on held-out photos with their picture.
  func record(_ result: Validation.Result, _ picture: RGBImage, step: Int) throws {
    let phase = phases.phase(ofStep: step)?.name
    try store.record(
      metrics: result.metrics.map {
        MetricValue(step: step, name: $0.name, value: $0.value, phase: phase)
      }, run: run)
    let path = "\(output)/validation-\(step).jpg"
    let bytes = try JPEG.encode(picture, quality: 90)
    try AtomicFile.write(bytes, to: path)
    try record(file: path, kind: "samples", sha256: FileDigest.sha256(bytes))
    note(
      String(
        format: "step %d, held-out: mse distorted %.5f, transformed %.5f, corrected %.5f "
          + "(%.1f dB, SSIM %.3f), theta error %.4f", step, result.distorted.mse,
        result.transformed.mse, result.corrected.mse, result.corrected.psnr,
        result.corrected.ssim, result.thetaError))
  }

  /// Stores that the run wrote a file.
  func record(file path: String, kind: String, sha256: String) throws {
    try store.record(artifact: Artifact(path: path, kind: kind, sha256: sha256), run: run)
  }

  /// - Parameter error: what ended the run, or `nil` where it came to its end.
  func finish(_ error: (any Error)? = nil) throws {
    guard let error else { return try store.finishRun(run, status: .finished) }
    let isStopped = error is Trainer.Stopped
    try store.finishRun(
      run, status: isStopped ? .interrupted : .failed, error: isStopped ? nil : "\(error)")
  }
}

extension LeftOutItem {
  /// For the user.
  var line: String { "\(dataset): left out \(item): \(reason)" }
}
