import ArgumentParser
import Datasets
import Imaging

/// `realitygap distort`: one distortion, sampled or given, as the evaluator applies it.
struct DistortCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distort",
    abstract: "Write an image's distorted 256x256 pixels and print the parameters.",
    discussion: """
      With --seed, the distortion is the one the evaluator uses for the same seed, item name (as in \
      the dataset) and draw, pixel for pixel.

      The JSON object of --parameters has exactly these keys:

        {"rotation": 2.5, "translate": [-8, 3], "scale": 0.9, "shear": -1.5,
         "brightness": 1.1, "contrast": 0.9, "saturation": 1.2, "hue": 0.05,
         "order": ["hue", "contrast", "saturation", "brightness"],
         "interpolation": "nearest"}

      Angles are degrees, translate is [x, y] in whole pixels, interpolation is nearest or bilinear. \
      "resolution" (a fraction of the side) and "blur" (pixels) are optional. Prints and \
      corruptions have objects of the forms that --preset print and --preset fog print.
      """)

  @Argument(help: "An image file: \(ImageFormat.choiceText).", completion: .file())
  var image: String

  @Option(
    help: "\(ImageOutput.help)", completion: ImageOutput.completion, transform: ImageOutput.init)
  var output: ImageOutput

  @Option(help: "A JSON file with the parameters, as this command prints them.")
  var parameters: String?

  @Option(help: "The experiment's seed, to sample the parameters.")
  var seed: UInt64?

  @Option(help: "The image's name in its dataset (default: the file's name).")
  var item: String?

  @Option(help: "Which draw of the image, from 0.")
  var draw = 0

  @Option(
    name: [.long, .customLong("preset")],
    help: "What to sample from: \(Distortion.namesInWords), or a YAML file.")
  var distortion = "paper"

  func validate() throws {
    guard (parameters == nil) != (seed == nil) else {
      throw ValidationError("give either --parameters FILE or --seed N")
    }
    try check(seed: seed)
    guard draw >= 0 else { throw ValidationError("--draw \(draw): must not be negative") }
  }

  func run() throws {
    try output.check()
    let distortion =
      try parameters.map { try Distortion.drawn(path: $0) }
      ?? Distortion.named(distortion).draw(
        seed: seed ?? 0, item: item ?? image.split(separator: "/").last.map(String.init) ?? image,
        draw: draw)
    try output.write(try distortion.apply(to: NamedImage.center256(Photo(path: image))))
    print(distortion.json)
  }
}
