import ArgumentParser
import Datasets
import Imaging
import Tensors

/// `realitygap canonical`: the pixels of an undistorted photo as a classifier sees them.
struct CanonicalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "canonical",
    abstract: "Write an image's canonical pixels (shorter side 256, centre).")

  @Argument(help: "An image file: \(ImageFormat.choiceText).", completion: .file())
  var image: String

  @Option(
    help: "\(ImageOutput.help)", completion: ImageOutput.completion, transform: ImageOutput.init)
  var output: ImageOutput

  @Option(help: "224, what classifiers see, or 256, what distortions start from.")
  var size = ImageSide.canonical

  @OptionGroup var printed: PrintedOptions

  func validate() throws {
    guard size == ImageSide.canonical || size == ImageSide.distorted else {
      throw ValidationError("--size \(size): must be 224 or 256")
    }
  }

  func run() throws {
    try output.check()
    for photo in try printed.photos(of: [image]) {
      let note = PreparedImageNote()
      let center = try NamedImage.center256(photo) { if !printed.printed { note($0) } }
      try output.write(center.centerCropped(width: size, height: size))
    }
  }
}
