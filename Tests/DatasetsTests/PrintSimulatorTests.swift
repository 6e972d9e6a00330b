import Datasets
import Foundation
import Imaging
import Support
import Testing

@Suite("Print simulator")
struct PrintSimulatorTests {
  private let recipe: PrintRecipe
  private let picture = PhotoBuilder.picture(width: 256, height: 256)

  init() throws { recipe = try PrintRecipe.named("mild") }

  private func parameters(_ inches: Double = 1.5, item: String = "a.jpg", draw: Int = 0)
    -> PrintParameters
  {
    recipe.draw(inches: inches, seed: 7, item: item, draw: draw)
  }

  /// All that could differ from print to print, put aside.
  private func plain(_ inches: Double = 1.5) -> PrintParameters {
    let neutral: [PrintSetting: Double] = [
      .dotGain: 0, .inkSaturation: 1, .surface: 0, .paper: 1, .paperTint: 0, .desk: 0, .deskTint: 0,
      .temperature: 6500, .whiteBalance: 1, .tint: 0, .exposure: 0, .gradient: 0, .tiltX: 0,
      .tiltY: 0, .roll: 0, .fill: 1, .offsetX: 0, .offsetY: 0, .lensBlur: 0.6, .defocus: 0,
      .motion: 0, .flare: 0, .vignetting: 0, .fullWell: 1_000_000, .readNoise: 0, .sharpening: 0,
      .contrast: 0, .saturation: 1,
    ]
    return neutral.reduce(parameters(inches)) { $0.changing($1.key, to: $1.value) }
  }

  /// The photograph, reduced to 256×256.
  private func photo(_ parameters: PrintParameters, of image: RGBImage? = nil) -> RGBImage {
    CanonicalTransform.center256(PrintSimulator(parameters).photograph(image ?? picture))
  }

  /// Mean of each channel over the middle of an image.
  private func mean(_ image: RGBImage, part: Double = 0.5) -> [Double] {
    let side = Int(Double(image.width) * part)
    let pixels = image.centerCropped(width: side, height: side).pixels
    return (0..<3).map { channel in
      stride(from: channel, to: pixels.count, by: 3).reduce(0) { $0 + Double(pixels[$1]) }
        / Double(side * side)
    }
  }

  private func gray(_ value: UInt8) -> RGBImage {
    RGBImage(width: 256, height: 256, filledWith: value)
  }

  /// Mean squared difference of neighbours: how much detail there is.
  private func detail(_ image: RGBImage) -> Double {
    let count = image.pixels.count - 3
    return (0..<count).reduce(0) {
      let difference = Double(image.pixels[$1 + 3]) - Double(image.pixels[$1])
      return $0 + difference * difference
    } / Double(count)
  }

  @Test("A print depends on seed, item and draw alone, and its JSON replays it")
  func addressed() throws {
    let first = parameters()
    #expect(parameters() == first)
    for other in [
      parameters(item: "b.jpg"), parameters(draw: 1),
      recipe.draw(inches: 1.5, seed: 8, item: "a.jpg", draw: 0),
    ] {
      #expect(other[.tiltX] != first[.tiltX] && other.noise != first.noise)
    }
    let replayed = try JSONDecoder().decode(PrintParameters.self, from: Data(first.json.utf8))
    #expect(replayed == first)
    let encoded = try JSONEncoder().encode(first)
    #expect(try JSONDecoder().decode(PrintParameters.self, from: encoded) == first)
    #expect(photo(replayed) == photo(first))
  }

  @Test("A setting's draw does not depend on the ranges of others, and keeps to its own")
  func settings() throws {
    let folder = try TemporaryFolder()
    let file = try folder.add(
      "mine.yaml", "version: 1\nrecipe: mild\ntilt_x: [20, 30]\nexposure: -1\n".utf8)
    let mine = try PrintRecipe.named(file)
    #expect(mine.name == "mine")
    for draw in 0..<50 {
      let (a, b) = (
        parameters(draw: draw), mine.draw(inches: 1.5, seed: 7, item: "a.jpg", draw: draw)
      )
      for setting in PrintSetting.allCases {
        let range = try #require(mine.ranges[setting])
        #expect(range.contains(b[setting]))
        if setting != .tiltX, setting != .exposure { #expect(a[setting] == b[setting]) }
      }
      #expect((20...30).contains(b[.tiltX]) && b[.exposure] == -1)
    }
  }

  @Test(
    "A bad recipe is one line that names file and line",
    arguments: [
      ("version: 1\ntilt_z: 1\n", "mine.yaml:2", "unknown key tilt_z"),
      ("version: 1\ntilt_x: 90\n", "mine.yaml:2", "-45.0 to 45.0"),
      ("version: 1\ntilt_x: [3, 1]\n", "mine.yaml:2", "[low, high]"),
      ("version: 1\ntilt_x: [1, 2, 3]\n", "mine.yaml:2", "[low, high]"),
      ("version: 1\npaper: white\n", "mine.yaml:2", "must be a number"),
      ("version: 2\n", "mine.yaml:1", "version 1"),
      ("tilt_x: 1\n", "mine.yaml", "version is missing"),
      ("", "mine.yaml", "empty"), ("version: 1\n  x: [", "mine.yaml", "not YAML"),
    ])
  func badRecipes(text: String, place: String, words: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.add("mine.yaml", text.utf8)
    let error = #expect(throws: UserError.self) { try PrintRecipe.named(file) }
    let line = error?.description ?? ""
    #expect(line.contains(place) && line.contains(words), "\(line)")
  }

  @Test("White stays white, grey grey and black dark; each ink prints its colour")
  func inks() {
    #expect(mean(photo(plain(), of: gray(255))).allSatisfy { $0 > 253 })
    #expect(mean(photo(plain(), of: gray(0))).allSatisfy { $0 < 20 })
    for value in [64, 128, 200] {
      for channel in mean(photo(plain(5), of: gray(UInt8(value)))) {
        #expect(abs(channel - Double(value)) < 12, "\(value): \(channel)")
      }
    }
    var red = gray(30)
    for index in stride(from: 0, to: red.pixels.count, by: 3) { red.pixels[index] = 220 }
    let seen = mean(photo(plain(5), of: red))
    #expect(seen[0] > 170 && seen[1] < 80 && seen[2] < 90, "\(seen)")
  }

  @Test("Each effect does what its name says")
  func effects() {
    let base = mean(photo(plain(), of: gray(160)))
    func changed(_ setting: PrintSetting, _ value: Double, of image: RGBImage? = nil) -> [Double] {
      mean(photo(plain().changing(setting, to: value), of: image ?? gray(160)))
    }
    #expect(changed(.dotGain, 0.15)[1] < base[1] - 5)
    #expect(changed(.exposure, -1)[1] < base[1] - 20)
    #expect(changed(.paper, 0.7)[1] < base[1] - 10)
    #expect(changed(.surface, 0.1, of: gray(0))[1] > 50)
    #expect(changed(.flare, 0.1, of: gray(0))[1] > 50)
    let warm = mean(
      photo(
        plain().changing(.temperature, to: 2800).changing(.whiteBalance, to: 0.5), of: gray(160)))
    #expect(warm[0] > base[0] + 10 && warm[2] < base[2] - 10)
    #expect(changed(.tint, 0.2)[1] > base[1] + 3)
    func colorful(_ setting: PrintSetting, _ value: Double) -> Double {
      var image = gray(100)
      for index in stride(from: 2, to: image.pixels.count, by: 3) { image.pixels[index] = 170 }
      let seen = changed(setting, value, of: image)
      return seen[2] - seen[0]
    }
    #expect(colorful(.inkSaturation, 0.5) < colorful(.inkSaturation, 1) - 15)
    #expect(colorful(.saturation, 1.5) > colorful(.saturation, 1) + 10)
    var stripes = gray(60)
    for index in stripes.pixels.indices where index / 3 % 8 < 4 { stripes.pixels[index] = 200 }
    let sharp = detail(photo(plain(), of: stripes))
    for (setting, value) in [(PrintSetting.defocus, 4.0), (.motion, 12), (.lensBlur, 3)] {
      #expect(
        detail(photo(plain().changing(setting, to: value), of: stripes)) < 0.9 * sharp,
        "\(setting)")
    }
    #expect(
      detail(photo(plain().changing(.fullWell, to: 200), of: gray(128)))
        > detail(photo(plain(), of: gray(128))) + 1)
  }

  @Test("Light falls off where the gradient says; corners are darker by vignetting")
  func light() {
    let lit = photo(
      plain().changing(.gradient, to: 0.4).changing(.gradientAngle, to: 0),
      of: gray(128))
    func level(_ image: RGBImage, _ x: Int, _ y: Int) -> Int {
      Int(image.pixels[(y * 256 + x) * 3])
    }
    #expect(level(lit, 245, 128) > level(lit, 10, 128) + 30)
    let dark = photo(plain().changing(.vignetting, to: 0.5), of: gray(128))
    #expect(level(dark, 128, 128) > level(dark, 8, 8) + 20)
  }

  @Test("Paper lies around the print, and the desk around the paper")
  func surroundings() {
    let small = plain().changing(.fill, to: 0.6).changing(.border, to: 0.15)
    let seen = photo(small, of: gray(100))
    func at(_ x: Int) -> Int { Int(seen.pixels[(128 * 256 + x) * 3]) }
    // The print reaches from 51 to 204, the border 15 pixels further.
    #expect(at(5) < 30 && at(250) < 30)
    #expect(at(43) > 230 && at(212) > 230)
    #expect(abs(at(60) - 100) < 25)
  }

  @Test("A small print loses more detail than a large one, at the camera's size")
  func sizes() {
    // Fine stripes: four pixels a turn.
    var stripes = gray(60)
    for index in stripes.pixels.indices where index / 3 % 4 < 2 { stripes.pixels[index] = 200 }
    func contrast(_ inches: Double) -> Double {
      let parameters = plain(inches).changing(.motion, to: 1.5).changing(.defocus, to: 1.2)
      return detail(photo(parameters, of: stripes))
    }
    #expect(contrast(1.5) < 0.8 * contrast(5))
    #expect(parameters(5).photoSide > 2 * parameters(1.5).photoSide)
  }

  @Test("x is the middle of the photograph, which is kept, and read again instead of made")
  func photographs() throws {
    let folder = try TemporaryFolder()
    let photographs = PhotographCache(folder: folder.path + "/kept")
    let (print, other) = (parameters(5), parameters(5, draw: 1))
    let file = try #require(try print.photograph(picture))
    let view = try print.view(of: picture, photographs: photographs)
    #expect(view == PhotoView(middleOf: try JPEG.decode(file, name: "p").image, side: 256))
    #expect(try view.source != nil && view.pixels == print.apply(to: picture))
    #expect(try print.view(of: picture) == view)
    // Another print, another picture and another draw of it have files of their own.
    for (image, print) in [(gray(7), print), (picture, other)] {
      #expect(
        try print.view(of: image, photographs: photographs) == print.view(of: image))
    }
    let names = try FileManager.default.subpathsOfDirectory(atPath: photographs.folder)
      .filter { $0.hasSuffix(".jpg") }
    #expect(names.count == 3)
    // What is read is the file.
    for name in names {
      try AtomicFile.write(
        try JPEG.encode(gray(99), quality: 95), to: "\(photographs.folder)/\(name)")
    }
    #expect(try print.view(of: picture, photographs: photographs).pixels == gray(99))
    #expect(try print.view(of: picture) == view)
  }

  @Test("θ undoes the perspective to within its bend")
  func theta() {
    for draw in 0..<20 {
      let distortion = parameters(draw: draw)
      let theta = distortion.theta()
      // A bright dot lands where θ says, to within what an affine map can follow.
      for (u, v) in [(0.0, 0.0), (-0.5, 0.5), (0.6, -0.4)] {
        var image = gray(255)
        let (px, py) = (Int((u + 1) * 128), Int((v + 1) * 128))
        for y in py - 2...py + 1 {
          for x in px - 2...px + 1 {
            for c in 0..<3 { image.pixels[(y * 256 + x) * 3 + c] = 0 }
          }
        }
        let seen = distortion.applyGeometry(to: image)
        let x = (theta[0] * u + theta[1] * v + theta[2] + 1) * 128
        let y = (theta[3] * u + theta[4] * v + theta[5] + 1) * 128
        let window = 6
        var (sum, mx, my) = (0.0, 0.0, 0.0)
        for row in Int(y) - window...Int(y) + window {
          for column in Int(x) - window...Int(x) + window {
            let dark = 255 - Double(seen.pixels[(row * 256 + column) * 3])
            sum += dark
            mx += dark * (Double(column) + 0.5)
            my += dark * (Double(row) + 0.5)
          }
        }
        #expect(sum > 1000)
        #expect(hypot(mx / sum - x, my / sum - y) < 2.5, "draw \(draw)")
        // The homography follows it whole.
        let dot = Homography.Point(Double(px) / 128 - 1, Double(py) / 128 - 1)
        let place = distortion.inverse()(dot)
        let (across, down) = ((place.x + 1) * 128, (place.y + 1) * 128)
        #expect(hypot(mx / sum - across, my / sum - down) < 0.3, "draw \(draw)")
      }
    }
  }
}
