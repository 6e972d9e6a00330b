import ArgumentParser
import Datasets
import Imaging
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
    let path = images ?? ProgramFiles.path("Experiments/sample/images")
    let photos = try PhotoFolder(path: path).photos
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
      let loader = PrefetchingLoader<Result<RGBImage, UserError>>(
        count: photos.count, threads: context.pool.threads, ahead: 3 * batching.size
      ) { index in
        Result { () throws(UserError) in
          do {
            return CanonicalTransform.center224(try RGBImage(path: photos[index].path))
          } catch {
            throw error as? UserError ?? UserError("\(photos[index].path): \(error)")
          }
        }
      }
      defer { loader.cancel() }
      for start in stride(from: 0, to: photos.count, by: batching.size) {
        var pixels: [RGBImage] = []
        for _ in start..<min(start + batching.size, photos.count) {
          guard let image = loader.next() else { break }
          pixels.append(try image.get())
        }
        let tensor = try Normalization.imageNet.batch(pixels, side: 224)
        _ = try classifier.logits(tensor).elements
      }
    }
    try measurement.report([result])
  }
}
