import ArgumentParser
import Datasets
import Evaluation
import Imaging
import Models
import Support
import Training

/// `realitygap correct`: what a corrector makes of one image.
struct CorrectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "correct",
    abstract: "Write an image as a corrector gives it back, 224x224, as PPM or JPEG.")

  @Argument(help: "A JPEG file; its middle 256x256 pixels go in.", completion: .file())
  var image: String

  @Option(help: "The corrector G, as `train` writes it.", completion: .file(extensions: ["h5"]))
  var corrector: String

  @Option(help: "The file to write, .ppm or .jpg.", completion: .file(extensions: ["ppm", "jpg"]))
  var output: String

  @OptionGroup var compute: ComputeOptions

  func run() throws {
    let ending = output.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard ["ppm", "jpg", "jpeg"].contains(ending) else {
      throw UserError("\(output): neither .ppm nor .jpg", remedy: "choose one of these endings")
    }
    let loaded = try LoadedCorrector(
      path: corrector, engine: try compute.engine.makeTrainableEngine(),
      context: compute.makeContext())
    let center = CanonicalTransform.center256(try JPEG.decode(path: image))
    let corrected = try loaded.correct(
      try Normalization.imageNet.batch([center], side: DistortionRanges.side))
    guard let pixels = Normalization.imageNet.image(corrected, index: 0) else {
      throw UserError("\(corrector): gave no image", remedy: "train it again")
    }
    let bytes = ending == "ppm" ? PPM.encode(pixels) : try JPEG.encode(pixels, quality: 95)
    try AtomicFile.write(bytes, to: output)
  }
}
