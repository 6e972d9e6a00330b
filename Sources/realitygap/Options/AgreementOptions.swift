import ArgumentParser
import Datasets
import Evaluation
import Models
import NeuralNetworks
import Support
import Tensors
import Tracking

/// What `agreement` and `ablate` share: photos, distortions and the network.
struct AgreementOptions: ParsableArguments {
  @Option(help: "A folder of photos; labels are not needed.", completion: .directory)
  var images: String

  @Option(help: "The network's weights.", completion: .file(extensions: ["h5"]))
  var weights = ProgramFiles.path("Experiments/sample/squeezenet1_1.h5")

  @Option(help: "Distortions sampled per photo.")
  var draws = 4

  @Option(help: "Seed of the distortions.")
  var seed: UInt64 = 2020

  @Option(help: "The distortions: a name, see distort, or a YAML file.")
  var distortion = "paper"

  @Flag(help: "Stop at the first unusable photo.")
  var strict = false

  @OptionGroup var batching: BatchOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws { try check("draws", draws, in: 1...10_000) }

  /// What decides the result, as it is stored with a run.
  ///
  /// - Throws: `UserError` for files that cannot be read.
  func configuration(corrector: String?) throws -> AgreementConfiguration {
    let photos = try PhotoFolder(path: images)
    func file(_ path: String) throws -> StoredFile {
      StoredFile(path: path, sha256: try FileDigest.sha256(path: path))
    }
    return AgreementConfiguration(
      images: .init(path: images, count: photos.photos.count, fingerprint: photos.fingerprint),
      corrector: try corrector.map(file), network: try file(weights),
      distortion: try Distortion.named(distortion).identity, draws: draws, seed: seed,
      batch: batching.size, engine: compute.engine.rawValue,
      precision: compute.precision.rawValue)
  }

  /// Measures restorations, which are made for a back end, and shows progress.
  ///
  /// - Throws: `UserError` for files that cannot be used.
  func measure(_ restorations: (Restoration.Machine) throws -> [Restoration]) throws -> [Agreement
    .Row]
  {
    let context = try compute.makeContext()
    let machine = Restoration.Machine(
      backend: try compute.makeBackend(), precision: compute.precision, context: context)
    let all = try restorations(machine)
    let photos = try PhotoFolder(path: images)
    let classifier = LoadedClassifier(
      try Classifier(
        weightsAt: weights, backend: machine.backend, precision: compute.precision,
        context: context), digest: try FileDigest.sha256(path: weights))
    let progress = Progress()
    photos.notes.forEach(progress.note)
    let faults = PhotoFaults(isStrict: strict) {
      progress.note("left out \($0.name): \($0.reason)")
    }
    let agreement = Agreement(
      photos, distortion: try Distortion.named(distortion), seed: seed, draws: draws,
      classifier: classifier, faults: faults)
    let rows = try agreement(
      all, batch: batching.size, threads: context.pool.threads,
      progress: { progress.show("agreement", done: $0, of: $1, unit: "draws") })
    if !faults.leftOut.isEmpty {
      progress.note("\(faults.leftOut.count) of \(photos.photos.count) photos left out")
    }
    for note in DataNote.damaged(faults.damaged).forReading { progress.note(note.text) }
    return rows
  }
}
