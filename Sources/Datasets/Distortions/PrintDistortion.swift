import Imaging
import Support
import Tensors

/// Simulated prints: the range of their sides, and the rest.
struct PrintDistortion: DistortionKind {
  /// The sides, inches.
  private let inches: ClosedRange<Double>
  private let recipe: PrintRecipe

  static let name = "print"
  private static let inchesKey = Setting.range(
    "inches", within: PrintParameters.sizes, default: 1.5...5,
    "The prints' sides, inches.")
  static let settings = [inchesKey.declaration] + PrintRecipe.changes
  static let jsonKey: String? = "inches"

  /// What is not named is as in the recipe of that key, or the standard one.
  init(yaml values: SettingsReader, identity: String) throws {
    inches = try values(Self.inchesKey)
    recipe = try PrintRecipe(name: identity, changes: values)
  }

  var written: [(key: String, value: String)] {
    [("inches", inches.yaml)]
      + PrintSetting.allCases.compactMap { setting in
        recipe.ranges[setting].map { (setting.rawValue, $0.yaml) }
      }
  }

  /// The side has a stream of its own, with purpose `print inches`; see `PrintRecipe.draw` for the rest.
  func draw(seed: UInt64, item: String, draw: Int) -> PrintParameters {
    var stream = RandomStream(seed: seed, purpose: "print inches", item: item, draw: draw)
    return recipe.draw(
      inches: stream.uniform(in: inches), seed: seed, item: item, draw: draw)
  }
}

/// The perspective and what lies around it are the geometry; the colours are those changes that are
/// the same for every pixel: inks, paper, illuminant, exposure and tone. Dots, blur and noise lie
/// between the two.
extension PrintParameters: DrawnDistortion {
  /// The photograph as a file, as `simulate-prints` writes it.
  public func photograph(_ image: RGBImage) throws -> [UInt8]? {
    try PrintSimulator(self).file(of: image)
  }

  /// x: the middle of the photograph, reduced to the size of the image.
  public func apply(to image: RGBImage) throws -> RGBImage {
    try view(of: image).pixels
  }

  /// The perspective and what lies around it, alone.
  public func applyGeometry(to image: RGBImage) -> RGBImage {
    PrintSimulator(self).seen(image, side: image.width, .geometry)
  }

  /// Inks, paper, illuminant, exposure and tone, alone.
  public func applyColor(to image: RGBImage) -> RGBImage {
    PrintSimulator(self).seen(image, side: image.width, .colors)
  }

  /// A print cannot be taken apart: x is as always, and y is seen in its inks and light.
  public func viewWithEqualColors(
    of image: RGBImage, photographs: PhotographCache?
  ) throws -> (canonical: RGBImage, view: PhotoView) {
    (applyColor(to: image), try view(of: image, photographs: photographs))
  }
}
