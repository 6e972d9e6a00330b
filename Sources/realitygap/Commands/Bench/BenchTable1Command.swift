import ArgumentParser
import Datasets
import Evaluation
import Models
import NeuralNetworks
import Support
import Tensors
import Tracking

/// `realitygap bench table1`: photos per second through all cells of Table 1.
struct BenchTable1Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table1",
    abstract: "Photos per second through Table 1: canonical, distorted and corrected, all models.",
    discussion: """
      From JPEG files to the predictions of every cell in the database, as `run` computes them, with \
      the paper's G and random weights. A photo is decoded, distorted and corrected once for all \
      models.
      """)

  @Option(help: "The models, comma-separated.")
  var models = Architecture.paper.map(\.name).joined(separator: ",")

  @Option(help: "Channels of the first level of G's U-Net.")
  var width = 16

  @OptionGroup var photos: BenchPhotos
  @OptionGroup var options: BenchOptions

  func validate() throws { try check("width", width, in: 1...256) }

  func run() throws { try options.measurement.report([try TemporaryFolder.with(measure)]) }

  /// - Parameter folder: for databases and G.
  private func measure(in folder: String) throws -> Measurement {
    let compute = options.compute
    let context = try compute.makeContext()
    let backend = try compute.makeBackend()
    let photos = try LabelledDataset(name: "photos", unlabelled: try photos.folder())
    let experiment = Experiment(
      name: "bench", title: "Table 1 with random weights",
      models: models.split(separator: ",").map(String.init), datasets: [.init(name: photos.name)],
      conditions: [.canonical, .distorted, .corrected], seed: 1, digest: "", file: "bench")
    let source = DatasetSource(
      photos, distortion: .paper, seed: experiment.seed, threads: context.pool.threads)
    let providers = Providers(
      weights: { WeightsRecord(sha256: "random \($0)", architecture: $0, path: "") },
      classifier: try classifiers(experiment.models, backend, context),
      source: { _, _ in source }, correctors: [try corrector(in: folder, context)])
    let environment = Surroundings.environment(compute, backend: backend, context: context)
    var pass = 0
    // One pass over the files is one sample; they are in the page cache after the first.
    return try options.measure(
      "table1 \(models) \(compute.precision.rawValue)", amount: Double(photos.items.count), context
    ) {
      pass += 1
      // A database that has no result yet.
      let store = try Store(path: "\(folder)/\(pass).sqlite")
      _ = try ExperimentRunner(
        experiment: experiment, store: store, providers: providers, environment: environment,
        options: EvaluationOptions(batchSize: options.batching.size)
      ).run()
    }
  }

  /// The models with random weights, made once.
  private func classifiers(
    _ models: [String], _ backend: any Backend, _ context: ComputeContext
  ) throws -> @Sendable (WeightsRecord) throws -> any ImageClassifier {
    let made = try models.map {
      try options.classifier(try Architecture.named($0), backend, context)
    }
    return { weights in
      guard let classifier = made.first(where: { $0.architecture.name == weights.architecture })
      else { throw UserError("no network for model \(weights.architecture)") }
      return LoadedClassifier(classifier, digest: weights.sha256)
    }
  }

  /// The paper's G with random weights, read from a file once, as `run` does.
  private func corrector(
    in folder: String, _ context: ComputeContext
  ) throws -> CorrectorReference {
    let path = "\(folder)/corrector.h5"
    try CorrectorFile.write(try Corrector.paper(width: width), to: path)
    let loaded = try options.compute.corrector(path, context)
    return CorrectorReference(path: path, identity: CorrectorIdentity(digest: loaded.digest)) {
      loaded
    }
  }
}
