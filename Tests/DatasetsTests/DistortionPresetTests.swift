import Datasets
import Foundation
import Imaging
import Support
import Testing

@Suite("Distortion presets")
struct DistortionPresetTests {
  private let picture = PhotoBuilder.picture(width: 256, height: 256)

  private func affine(_ drawn: any DrawnDistortion) throws -> DistortionParameters {
    try #require(drawn as? DistortionParameters, "not affine")
  }

  @Test("corruptions, paper, paper+blur and print are there, and a name that is not lists them")
  func names() throws {
    #expect(Distortion.presets == ["corruptions", "paper", "paper+blur", "print"])
    for name in Distortion.presets { #expect(try Distortion.named(name).identity == name) }
    let error = #expect(throws: UserError.self) { try Distortion.named("papre") }
    #expect(
      error?.description.contains("choose from corruptions, paper, paper+blur, print") == true)
  }

  @Test(
    "a definition reads back as the very same distortion, of a preset and of a file that is gone")
  func definitions() throws {
    for name in Distortion.presets {
      let preset = try Distortion.named(name)
      let again = try Distortion(definition: preset.definition, identity: name)
      #expect(again.definition == preset.definition && again.identity == name)
    }
    let folder = try TemporaryFolder()
    for text in [
      "version: 1\nkind: print\ninches: 2\ndot_gain: 0.1\n",
      "version: 1\nrotation: [-0.30000000000000004, 1e-7]\nscale: 0.9\ninterpolation: bilinear\n",
    ] {
      let path = try folder.add("mine.yaml", text.utf8)
      let own = try Distortion.named(path)
      try FileManager.default.removeItem(atPath: path)
      let again = try Distortion(definition: own.definition, identity: own.identity)
      #expect(again.definition == own.definition && again.identity == own.identity)
      #expect(own.identity.hasPrefix("mine@"))
      let draws = [again, own].map { $0.draw(seed: 3, item: "x", draw: 1).json }
      #expect(draws[0] == draws[1])
    }
  }

  @Test("The file of the preset paper holds what the program calls paper")
  func paper() throws {
    #expect(try Distortion.named("paper").definition == Distortion.paper.definition)
  }

  @Test("paper+blur has paper's geometry and colours, and loses sharpness besides")
  func paperAndBlur() throws {
    let blurred = try Distortion.named("paper+blur")
    for draw in 0..<20 {
      let a = try affine(Distortion.paper.draw(seed: 5, item: "x", draw: draw))
      let b = try affine(blurred.draw(seed: 5, item: "x", draw: draw))
      #expect(a.theta() == b.theta() && a.order == b.order && a.hue == b.hue)
      #expect(a.brightness == b.brightness && a.translateX == b.translateX)
      #expect(a.resolution == 1 && a.blur == 0)
      #expect((0.35...1).contains(b.resolution) && (0...1.5).contains(b.blur))
      #expect(try a.applyColor(to: picture) == b.applyColor(to: picture))
      #expect(try a.apply(to: picture) != b.apply(to: picture))
      #expect(a.json.contains("resolution") == false)
      #expect(try DistortionParameters(json: Data(b.json.utf8), name: "p") == b)
    }
  }

  @Test("Lost resolution and blur take detail away and keep the mean")
  func softened() throws {
    var dots = RGBImage(width: 64, height: 64, filledWith: 40)
    for index in dots.pixels.indices where (index / 3 % 64 + index / 192) % 2 == 0 {
      dots.pixels[index] = 200
    }
    func seen(_ resolution: Double, _ blur: Double) throws -> [UInt8] {
      try DistortionParameters(
        rotation: 0, translateX: 0, translateY: 0, scale: 1, shear: 0, brightness: 1, contrast: 1,
        saturation: 1, hue: 0, order: [], interpolation: .nearest, resolution: resolution,
        blur: blur
      ).apply(to: dots).pixels
    }
    #expect(try seen(1, 0) == dots.pixels)
    for pixels in [try seen(0.4, 0), try seen(1, 1.5)] {
      let rows = 20 * 64..<44 * 64
      let middle: [Double] = rows.map { Double(pixels[$0 * 3]) }
      let mean: Double = middle.reduce(0, +) / Double(middle.count)
      #expect(middle.allSatisfy { abs($0 - 120) < 20 })
      #expect(abs(mean - 120) < 2)
    }
  }

  @Test("print draws sizes and settings by address; equal colours leave y sharp")
  func print() throws {
    let prints = try Distortion.named("print")
    func print(_ draw: Int) throws -> PrintParameters {
      try #require(
        prints.draw(seed: 3, item: "a", draw: draw) as? PrintParameters, "not a print")
    }
    let first = try print(0)
    #expect(try print(0) == first)
    let others = try (1..<30).map(print)
    #expect(!others.contains(first))
    let x = try first.apply(to: picture)
    #expect(x.width == 256 && x.height == 256)
    let pair = try first.viewWithEqualColors(of: picture, photographs: nil)
    #expect(pair.view.pixels == x && pair.view.source != nil)
    #expect(pair.canonical != picture)
    #expect(pair.canonical == first.applyColor(to: picture))
    let folder = try TemporaryFolder()
    let file = try folder.add("p.json", first.json.utf8)
    #expect(try Distortion.drawn(path: file) as? PrintParameters == first)
    #expect(throws: UserError.self) {
      try Distortion.drawn(
        path: folder.add("q.json", first.json.replacingOccurrences(of: "paper", with: "x").utf8))
    }
  }

  @Test("A file of one's own is known by its name and content")
  func files() throws {
    let folder = try TemporaryFolder()
    let file = try folder.add("mine.yaml", "version: 1\nkind: affine\nrotation: [-20, 20]\n".utf8)
    let mine = try Distortion.named(file)
    #expect(mine.identity.hasPrefix("mine@") && mine.identity.count == 17)
    let drawn = try affine(mine.draw(seed: 1, item: "a", draw: 0))
    #expect(abs(drawn.rotation) > 0 && drawn.scale == 1 && drawn.hue == 0)
    try folder.add("mine.yaml", "version: 1\nkind: print\ninches: 2\ntilt_x: 3\n".utf8)
    let other = try Distortion.named(file)
    #expect(other.identity != mine.identity)
    let printed = try #require(
      other.draw(seed: 1, item: "a", draw: 0) as? PrintParameters, "not a print")
    #expect(printed.inches == 2 && printed[.tiltX] == 3)
  }

  @Test(
    "A bad file is one line that names file and line",
    arguments: [
      ("version: 1\nkind: warp\n", "mine.yaml:2", "unknown kind warp"),
      ("version: 1\nkind: affine\ntilt_x: 3\n", "mine.yaml:3", "unknown key tilt_x"),
      ("version: 1\nkind: print\nrotation: 3\n", "mine.yaml:3", "unknown key rotation"),
      ("version: 1\nkind: print\ninches: 90\n", "mine.yaml:3", "0.5 to 20.0"),
      ("version: 1\nscale: [0, 1]\n", "mine.yaml:2", "0.001"),
      ("version: 1\nblur: [2, 1]\n", "mine.yaml:2", "[low, high]"),
      ("version: 1\ninterpolation: cubic\n", "mine.yaml:2", "nearest, bilinear"),
      ("kind: print\n", "mine.yaml", "version is missing"),
    ])
  func badFiles(text: String, place: String, words: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.add("mine.yaml", text.utf8)
    let error = #expect(throws: UserError.self) { try Distortion.named(file) }
    let line = error?.description ?? ""
    #expect(line.contains(place) && line.contains(words), "\(line)")
  }
}
