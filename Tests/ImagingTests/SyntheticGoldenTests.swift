import Imaging
import Testing

/// One operation on a made-up image, in Fixtures/synthetic.json.
private struct SyntheticCase: Decodable {
  struct Source: Decodable {
    let width: Int
    let height: Int
    let seed: Int
  }

  struct Parameters: Decodable {
    let width: Int?
    let height: Int?
    let left: Int?
    let top: Int?
    let side: Int?
    let factor: Double?
    let rotation: Double?
    let translate: [Int]?
    let scale: Double?
    let shear: Double?
    let shearY: Double?
    let interpolation: String?

    enum CodingKeys: String, CodingKey {
      case width, height, left, top, side, factor, rotation, translate, scale, shear
      case shearY = "shear_y"
      case interpolation
    }
  }

  let operation: String
  let source: Source
  let parameters: Parameters
  let golden: Golden

  func run() throws -> RGBImage {
    let image = Fixture.synthetic(width: source.width, height: source.height, seed: source.seed)
    let p = parameters
    let width = p.width ?? 0
    let height = p.height ?? 0
    switch operation {
    case "resize": return image.resized(width: width, height: height)
    case "shorter": return try image.resized(shorterSide: #require(p.side))
    case "center": return image.centerCropped(width: width, height: height)
    case "crop":
      return try image.crop(
        left: #require(p.left), top: #require(p.top), width: width, height: height)
    case "affine":
      let translate = try #require(p.translate)
      let interpolation = try #require(p.interpolation.flatMap(Interpolation.init))
      return try image.affine(
        rotation: #require(p.rotation), translateX: translate[0], translateY: translate[1],
        scale: #require(p.scale), shearX: #require(p.shear), shearY: #require(p.shearY),
        interpolation: interpolation)
    case "brightness": return try image.adjustedBrightness(#require(p.factor))
    case "contrast": return try image.adjustedContrast(#require(p.factor))
    case "saturation": return try image.adjustedSaturation(#require(p.factor))
    case "hue": return try image.adjustedHue(#require(p.factor))
    default: throw Fixture.Missing()
    }
  }
}

@Suite("Odd sizes and extreme parameters have the bytes of Pillow and torchvision")
struct SyntheticGoldenTests {
  @Test(
    "operation",
    arguments: [
      "resize", "shorter", "center", "crop", "affine", "brightness", "contrast", "saturation",
      "hue",
    ])
  func operation(name: String) throws {
    let cases = try Fixture.json([SyntheticCase].self, "synthetic.json")
      .filter { $0.operation == name }
    #expect(cases.count >= 9)
    for (index, item) in cases.enumerated() {
      #expect(
        try Golden(item.run()) == item.golden, "case \(index) on \(item.source) \(item.parameters)")
    }
  }
}
