import ArgumentParser
import Models
import Tensors

/// `realitygap bench correct`: images per second of G, from x to ŷ.
struct BenchCorrectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "correct",
    abstract: "Images per second of a corrector, from x to ŷ.")

  @Option(
    help: "A corrector (default: the paper's G with random parameters).",
    completion: .file(extensions: ["h5"]))
  var corrector: String?

  @Option(help: "Channels of the first level of the U-Net of the paper's G.")
  var width = 16

  @Flag(help: "Leave the refinement by the sampling lattice out.")
  var withoutLattice = false

  @OptionGroup var options: BenchOptions

  func validate() throws { try check("width", width, in: 1...256) }

  func run() throws {
    let context = try options.compute.makeContext()
    let batch = options.batching.size
    let images = Tensor.random([batch, ImageSide.distorted, ImageSide.distorted, 3])
    let compiled = try CompiledCorrector(
      try corrector.map(CorrectorFile.load) ?? .paper(width: width), refines: !withoutLattice,
      backend: try options.compute.makeBackend(), precision: options.compute.precision,
      context: context)
    try options.measurement.report([
      options.measure(
        "correct \(corrector ?? "width \(width)")", amount: Double(batch), context
      ) { _ = try compiled.correct(images) }
    ])
  }
}
