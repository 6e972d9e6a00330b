import ArgumentParser
import Datasets

/// `realitygap canonical`: the pixels of an undistorted photo as a classifier sees them.
struct CanonicalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "canonical",
    abstract: "Write an image's canonical pixels (shorter side 256, centre).")

  @Argument(help: "An image file: JPEG, PNG or PPM.", completion: .file())
  var image: String

  @Option(
    help: "\(ImageOutput.help)", completion: ImageOutput.completion, transform: ImageOutput.init)
  var output: ImageOutput

  @Option(help: "224, what classifiers see, or 256, what distortions start from.")
  var size = 224

  @OptionGroup var printed: PrintedOptions

  func validate() throws {
    guard size == 224 || size == 256 else {
      throw ValidationError("--size \(size): must be 224 or 256")
    }
  }

  func run() throws {
    try output.check()
    let center = try printed.reader(of: [image]).center256(image)
    try output.write(size == 256 ? center : CanonicalTransform.center224(center256: center))
  }
}
