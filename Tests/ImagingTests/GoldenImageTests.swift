import Imaging
import Testing

/// The parameters of one affine and colour case, in Fixtures/cases.json.
private struct Case: Decodable {
  let rotation: Double
  let translate: [Int]
  let scale: Double
  let shear: Double
  let brightness: Double
  let contrast: Double
  let saturation: Double
  let hue: Double
  let order: [String]
  let interpolation: String

  func adjust(_ image: RGBImage, _ name: String) throws -> RGBImage {
    switch name {
    case "brightness": image.adjustedBrightness(brightness)
    case "contrast": image.adjustedContrast(contrast)
    case "saturation": image.adjustedSaturation(saturation)
    default: try image.adjustedHue(hue)
    }
  }

  func affine(_ image: RGBImage) throws -> RGBImage {
    try image.affine(
      rotation: rotation, translateX: translate[0], translateY: translate[1], scale: scale,
      shearX: shear, interpolation: #require(Interpolation(rawValue: interpolation)))
  }
}

private struct Cases: Decodable {
  struct Image: Decodable { let cases: [Case] }
  let images: [String: Image]
}

private let names = [
  "cat_451x300_420.jpg", "cmyk_320x257.jpg", "cup_500x375_422_progressive.jpg",
  "cup_600x400_444.jpg", "gray_333x512.jpg", "imagenet_10_541.jpg", "imagenet_17_22.jpg",
  "odd_299x255_q30.jpg", "tiny_60x40.jpg", "wide_1000x130.jpg",
]

@Suite("Photographs have the bytes of Pillow and torchvision")
struct GoldenImageTests {
  @Test("every golden image is played")
  func allImages() throws {
    #expect(try Goldens.all.get().images.keys.sorted() == names)
  }

  @Test("decode, resize and centre crop", arguments: names)
  func canonical(name: String) throws {
    let golden = try #require(Goldens.all.get().images[name])
    let image = try RGBImage(path: Fixture.path("images/" + name))
    #expect(Golden(image) == golden["decoded"])
    let resized = image.resized(shorterSide: 256)
    #expect(Golden(resized.centerCropped(width: 256, height: 256)) == golden["center256"])
    #expect(Golden(resized.centerCropped(width: 224, height: 224)) == golden["center224"])
    #expect(Golden(image.resized(shorterSide: 256, centerCroppedTo: 256)) == golden["center256"])
    #expect(Golden(image.resized(shorterSide: 256, centerCroppedTo: 224)) == golden["center224"])
  }

  @Test("affine and colour, alone and together", arguments: names)
  func distorted(name: String) throws {
    let golden = try #require(Goldens.all.get().images[name])
    let cases = try #require(Fixture.json(Cases.self, "cases.json").images[name]).cases
    let center = try RGBImage(path: Fixture.path("images/" + name))
      .resized(shorterSide: 256, centerCroppedTo: 256)
    #expect(cases.count == 3)
    for (index, parameters) in cases.enumerated() {
      let moved = try parameters.affine(center)
      #expect(Golden(moved) == golden["case\(index)/affine"])
      for step in ["brightness", "contrast", "saturation", "hue"] {
        let adjusted = try parameters.adjust(moved, step)
        #expect(Golden(adjusted) == golden["case\(index)/only_\(step)"], "\(step) \(index)")
      }
      let distorted = try parameters.order.reduce(moved) { try parameters.adjust($0, $1) }
      #expect(Golden(distorted) == golden["case\(index)/distorted"])
    }
  }
}
