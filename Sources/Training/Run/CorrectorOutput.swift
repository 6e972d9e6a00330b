import Models
import Support

/// The corrector that a run writes, `corrector.h5`, with what it says of its origin.
struct CorrectorOutput {
  let path: String
  private let notes: [String: String]

  /// - Parameters:
  ///   - identity: of the configuration and the photos.
  ///   - photos: how many there are, and their fingerprint.
  init(
    folder: String, _ configuration: TrainingConfiguration, identity: String,
    photos: (count: Int, fingerprint: String)
  ) {
    path = "\(folder)/corrector.h5"
    notes = [
      "training": configuration.name, "training_description": configuration.description ?? "",
      "training_identity": identity, "training_steps": "\(configuration.totalSteps)",
      "training_samples": "\(configuration.phases.reduce(0) { $0 + $1.steps * $1.batch })",
      "training_photos": "\(photos.count)", "training_photos_fingerprint": photos.fingerprint,
    ].filter { !$0.value.isEmpty }
  }

  /// Writes it, and stores that the run did.
  ///
  /// - Throws: `UserError` when it cannot be written.
  func write(_ networks: TrainedNetworks, log: TrainingLog) throws {
    try networks.withMeans { try CorrectorFile.write($0, to: path, notes: notes) }
    try log.record(file: path, kind: "corrector", sha256: try FileDigest.sha256(path: path))
  }
}
