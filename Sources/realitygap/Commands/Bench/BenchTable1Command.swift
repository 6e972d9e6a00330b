import ArgumentParser
import Datasets
import Imaging
import Models
import NeuralNetworks
import Support
import Tensors

/// `realitygap bench table1`: photos per second through all cells of Table 1.
struct BenchTable1Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table1",
    abstract: "Photos per second through Table 1: canonical, distorted and corrected, all models.",
    discussion: """
      From JPEG files to the top-1 of every cell, with the paper's G and random weights. A photo is \
      decoded, distorted and corrected once for all models.
      """)

  @Option(help: "The models, comma-separated.")
  var models = "resnet50,vgg11,squeezenet1_1"

  @Option(help: "Channels of the first level of G's U-Net.")
  var width = 16

  @Option(help: "A folder of photos (default: the sample's).", completion: .directory)
  var images: String?

  @OptionGroup var batching: BatchOptions
  @OptionGroup var compute: ComputeOptions
  @OptionGroup var measurement: MeasurementOptions

  func validate() throws {
    guard (1...256).contains(width) else {
      throw ValidationError("--width \(width): must be 1 to 256")
    }
  }

  func run() throws {
    let path = images ?? ProgramFiles.path("Experiments/sample/images")
    let photos = try PhotoFolder(path: path).photos
    let context = compute.makeContext()
    let backend = try compute.makeBackend()
    let classifiers = try models.split(separator: ",").map { name in
      let architecture = try Architecture.named(String(name))
      return try Classifier(
        architecture.randomWeights(seed: 1), file: "random weights", architecture: architecture,
        backend: backend, precision: compute.precision, context: context)
    }
    let tape = Tape(backend: try compute.engine.makeBackend(), context: context)
    var configuration = CorrectorConfiguration.paper
    configuration.unet.width = width
    let corrector = try Corrector(configuration, seed: 1)
    // One pass over the files is one sample; they are in the page cache after the first.
    let result = try Measurement(
      "table1 \(models) \(compute.precision.rawValue)", unit: "images/s",
      engine: compute.engine.rawValue, batch: batching.size, threads: context.pool.threads,
      seconds: measurement.seconds, amount: Double(photos.count)
    ) {
      let loader = Self.loader(photos, threads: context.pool.threads, ahead: 3 * batching.size)
      defer { loader.cancel() }
      for start in stride(from: 0, to: photos.count, by: batching.size) {
        let size = min(batching.size, photos.count - start)
        let views = try (0..<size).compactMap { _ in try loader.next()?.get() }
        let distorted = try Normalization.imageNet.batch(views.map(\.distorted), side: 256)
        let corrected = try tape.withoutRecording {
          try corrector(tape, tape.constant(distorted)).corrected.value
        }
        let cells = [
          try Normalization.imageNet.batch(views.map(\.canonical), side: 224),
          try Normalization.imageNet.batch(views.map(\.distorted), side: 224), corrected,
        ]
        for classifier in classifiers {
          for logits in try classifier.logits(ofParts: cells) { _ = logits.elements }
        }
      }
    }
    try measurement.report([result])
  }

  private struct Views: Sendable {
    let canonical: RGBImage
    let distorted: RGBImage
  }

  /// Photos decoded and distorted ahead.
  private static func loader(
    _ photos: [PhotoFolder.Photo], threads: Int, ahead: Int
  ) -> PrefetchingLoader<Result<Views, any Error>> {
    PrefetchingLoader(count: photos.count, threads: threads, ahead: ahead) { index in
      Result {
        let center = CanonicalTransform.center256(try RGBImage(path: photos[index].path))
        let distortion = DistortionRanges.paper.draw(seed: 1, item: photos[index].name, draw: 0)
        return Views(canonical: center, distorted: try distortion.apply(to: center))
      }
    }
  }
}
