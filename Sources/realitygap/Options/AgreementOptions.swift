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

  @Option(help: "The distortions: a preset, see distort, or a YAML file.")
  var distortion = "paper"

  @Flag(help: "Stop at the first unusable photo.")
  var strict = false

  @OptionGroup var batching: BatchOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard (1...10_000).contains(draws) else {
      throw ValidationError("--draws \(draws): must be 1 to 10000")
    }
  }

  /// What decides the result, as a JSON object that is stored with a run.
  ///
  /// - Throws: `UserError` for files that cannot be read.
  func record(corrector: String?) throws -> String {
    let photos = try PhotoFolder(path: images)
    func file(_ path: String) throws -> JSONValue {
      .object(["path": .text(path), "sha256": .text(try FileDigest.sha256(path: path))])
    }
    return try JSONValue.object([
      "images": .object([
        "path": .text(images), "count": .integer(photos.photos.count),
        "fingerprint": .text(photos.fingerprint),
      ]),
      "corrector": try corrector.map(file) ?? .null, "network": try file(weights),
      "distortion": .text(try Distortion.named(distortion).identity), "draws": .integer(draws),
      "seed": .text("\(seed)"), "batch": .integer(batching.size),
      "engine": .text(compute.engine.rawValue), "precision": .text(compute.precision.rawValue),
    ]).line()
  }

  /// Measures restorations, which are made on a tape, and shows progress.
  ///
  /// - Throws: `UserError` for files that cannot be used.
  func measure(_ restorations: (Tape) throws -> [Restoration]) throws -> [Agreement.Row] {
    let context = compute.makeContext()
    let tape = Tape(backend: try compute.engine.makeBackend(), context: context)
    let all = try restorations(tape)
    let photos = try PhotoFolder(path: images)
    let loaded = try Classifier(
      weightsAt: weights, backend: try compute.makeBackend(), precision: compute.precision,
      context: context)
    let classifier = try LoadedClassifier(loaded, path: weights)
    let progress = Progress()
    photos.notes.forEach(progress.note)
    let agreement = Agreement(
      photos, ranges: try Distortion.named(distortion), seed: seed, draws: draws,
      classifier: classifier, isStrict: strict)
    let rows = try agreement(
      all, batch: batching.size, threads: context.pool.threads,
      leftOut: { progress.note("left out \($0.name): \($0.reason)") },
      progress: { progress.show("agreement", done: $0, of: $1, unit: "draws") })
    if let leftOut = rows.first?.leftOut, !leftOut.isEmpty {
      progress.note("\(leftOut.count) of \(photos.photos.count) photos left out")
    }
    return rows
  }
}
