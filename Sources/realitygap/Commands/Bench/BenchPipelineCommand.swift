import ArgumentParser
import Datasets
import Models
import Tensors

/// `realitygap bench pipeline`: images per second from JPEG files to top-1.
struct BenchPipelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract: "Images per second from JPEG files to top-1 of a network with random weights.")

  @Option(help: "The model.")
  var model = "squeezenet1_1"

  @OptionGroup var photos: BenchPhotos
  @OptionGroup var options: BenchOptions

  func run() throws {
    let photos = try photos.folder().photos
    let context = try options.compute.makeContext()
    let batch = options.batching.size
    let classifier = try options.classifier(
      try Architecture.named(model), try options.compute.makeBackend(), context)
    // One pass over the files is one sample; they are in the page cache after the first.
    let result = try options.measure(
      "pipeline \(model) \(options.compute.precision.rawValue)", amount: Double(photos.count),
      context
    ) {
      let stream = PhotoStream(
        photos, threads: context.pool.threads, ahead: 3 * batch
      ) { _, photo in photo.center224 }
      defer { stream.cancel() }
      for start in stride(from: 0, to: photos.count, by: batch) {
        let size = min(batch, photos.count - start)
        let pixels = try stream.prefix(size).map { try $0.result.get() }
        let tensor = try Normalization.imageNet.batch(pixels, side: ImageSide.canonical)
        _ = try classifier.logits(tensor).elements
      }
    }
    try options.measurement.report([result])
  }
}
