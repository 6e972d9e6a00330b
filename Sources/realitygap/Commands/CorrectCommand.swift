import ArgumentParser
import Datasets
import Evaluation
import Imaging
import Models
import Support
import Tensors
import WeightFiles

/// `realitygap correct`: one image through a corrector.
struct CorrectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "correct",
    abstract: "Correct an image and write the result, 224x224.")

  @Argument(
    help: "An image file, \(ImageFormat.choiceText); its middle 256x256 pixels go in.",
    completion: .file())
  var image: String

  @Option(help: "The corrector G, as `train` writes it.", completion: .file(extensions: ["h5"]))
  var corrector: String

  @Option(
    help: "\(ImageOutput.help)", completion: ImageOutput.completion, transform: ImageOutput.init)
  var output: ImageOutput

  @Option(
    help: "Also write ŷ as it is, normalised float32 [1, 224, 224, 3], to this safetensors file.",
    completion: .file(extensions: ["safetensors"]))
  var floats: String?

  @OptionGroup var printed: PrintedOptions

  @OptionGroup var compute: ComputeOptions

  func run() throws {
    try output.check()
    if let floats { try AtomicFile.check(floats) }
    let loaded = try compute.corrector(corrector, compute.makeContext())
    for photo in try printed.photos(of: [image]) {
      let corrected = try loaded.correct([try NamedImage.decoded(photo).view256])
      guard let pixels = Normalization.imageNet.image(corrected, index: 0) else {
        throw UserError("\(corrector): returned no image", remedy: "train it again")
      }
      try output.write(pixels)
      guard let floats else { continue }
      var tensors = StateDict()
      tensors["corrected"] = corrected
      try tensors.writeSafetensors(floats)
    }
  }
}
