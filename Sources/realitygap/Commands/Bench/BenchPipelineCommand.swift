import ArgumentParser
import Datasets
import Models
import Support
import Tensors

/// `realitygap bench pipeline`: images per second from JPEG files to top-1.
struct BenchPipelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract: "Images per second from JPEG files to top-1 of a network with random weights.")

  @Option(help: "The model.")
  var model = "squeezenet1_1"

  @Option(help: "A folder of photos (default: the sample's).", completion: .directory)
  var images: String?

  @OptionGroup var batching: BatchOptions

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var measurement: MeasurementOptions

  func run() throws {
    let photos = try BenchPhotos.folder(images).photos
    let architecture = try Architecture.named(model)
    let context = compute.makeContext()
    let classifier = try Classifier(
      architecture.randomWeights(seed: 1), file: "random weights", architecture: architecture,
      backend: try compute.makeBackend(), precision: compute.precision, context: context)
    // One pass over the files is one sample; they are in the page cache after the first.
    let result = try Measurement(
      "pipeline \(model) \(compute.precision.rawValue)", unit: "images/s",
      engine: compute.engine.rawValue, batch: batching.size, threads: context.pool.threads,
      seconds: measurement.seconds, amount: Double(photos.count)
    ) {
      let stream = PhotoStream(
        photos, threads: context.pool.threads, ahead: 3 * batching.size
      ) { _, photo in photo.center224 }
      defer { stream.cancel() }
      for start in stride(from: 0, to: photos.count, by: batching.size) {
        let size = min(batching.size, photos.count - start)
        let pixels = try stream.prefix(size).map { try $0.result.get() }
        let tensor = try Normalization.imageNet.batch(pixels, side: ImageSide.canonical)
        _ = try classifier.logits(tensor).elements
      }
    }
    try measurement.report([result])
  }
}
