import Datasets
import Foundation
import Imaging
import Support
import Testing

@Suite("Corruptions")
struct CorruptionTests {
  /// Fixtures/corruptions.json, as Scripts/goldens/corruptions.py writes it.
  struct Golden: Decodable {
    struct Case: Decodable {
      let corruption: String
      let severity: Int
      let noise: UInt64
      let mean: Double
      /// Every so many of the pixels' bytes.
      let bytes: Data
    }

    let item: String
    let seed: UInt64
    let draw, stride: Int
    let cases: [Case]

    static func load() throws -> Golden {
      let data = try Data(contentsOf: URL(fileURLWithPath: fixture("corruptions.json")))
      return try JSONDecoder().decode(Golden.self, from: data)
    }
  }

  private static func photo(_ name: String) throws -> RGBImage {
    CanonicalTransform.center256(try Photo(path: fixture(name)).decoded().image)
  }

  private func applied(
    _ corruption: Corruption, _ severity: Int, to image: RGBImage, noise: UInt64 = 5
  ) throws -> RGBImage {
    try CorruptionParameters(corruption, severity: severity, noise: noise).apply(to: image)
  }

  /// How many of the fixture's bytes may differ, and by how much at most.
  private static func tolerance(_ corruption: Corruption) -> (share: Double, difference: Int) {
    switch corruption {
    // The reference cuts numbers off that OpenCV adds up in another order, by a Fourier transform: a whole
    // number may become the one below it.
    case .defocusBlur: (0.05, 1)
    // ImageMagick has 16 bits.
    case .motionBlur, .snow: (0.005, 1)
    // OpenCV's affine map reads at 32nds of a pixel.
    case .elasticTransform: (0.03, 1)
    default: (0, 0)
    }
  }

  @Test("Every corruption is the reference's own with the same numbers, by severity")
  func goldens() throws {
    let golden = try Golden.load()
    let image = try Self.photo(golden.item)
    #expect(Set(golden.cases.map(\.corruption)).count == 14 && golden.cases.count == 70)
    for known in golden.cases {
      let name = "\(known.corruption)-\(known.severity)"
      let drawn = try #require(
        Distortion.named(name).draw(seed: golden.seed, item: golden.item, draw: golden.draw)
          as? CorruptionParameters)
      #expect(drawn.noise == known.noise && drawn.corruption.rawValue == known.corruption)
      let x = try drawn.apply(to: image)
      let mean = x.pixels.reduce(0) { $0 + Double($1) } / Double(x.pixels.count)
      let own = stride(from: 0, to: x.pixels.count, by: golden.stride).map { Int(x.pixels[$0]) }
      let differences = zip(own, known.bytes).map { abs($0 - Int($1)) }
      #expect(own.count == known.bytes.count)
      let tolerance = Self.tolerance(drawn.corruption)
      let share = Double(differences.count { $0 > 0 }) / Double(differences.count)
      #expect(share <= tolerance.share, "\(name): \(share)")
      #expect((differences.max() ?? 0) <= tolerance.difference, "\(name)")
      // Of all bytes.
      #expect(abs(mean - known.mean) <= tolerance.share, "\(name): \(mean), not \(known.mean)")
    }
  }

  @Test("A draw depends on its address, and severities share its numbers")
  func address() throws {
    func draw(_ name: String, seed: UInt64 = 1, item: String = "a", draw: Int = 0) throws
      -> CorruptionParameters
    {
      try #require(
        Distortion.named(name).draw(seed: seed, item: item, draw: draw) as? CorruptionParameters)
    }
    let first = try draw("fog-3")
    #expect(try draw("fog-3") == first && draw("fog-5").noise == first.noise)
    for other in [
      try draw("fog-3", seed: 2), try draw("fog-3", item: "b"), try draw("fog-3", draw: 1),
    ] {
      #expect(other.noise != first.noise && other.severity == 3)
    }
    let severities = try (0..<60).map { try draw("fog", draw: $0).severity }
    #expect(Set(severities) == Set(1...5))
    let all = try (0..<300).map { try draw("corruptions", draw: $0).corruption }
    #expect(Set(all) == Set(Corruption.allCases))
  }

  @Test("Severer corruptions are farther from the image")
  func severities() throws {
    let image = try Self.photo("tall.jpg")
    func error(_ corruption: Corruption, _ severity: Int) throws -> Double {
      // The mean of three draws.
      try (1...3).reduce(0) { sum, noise in
        let x = try applied(corruption, severity, to: image, noise: UInt64(noise))
        return sum
          + zip(x.pixels, image.pixels).reduce(0) {
            $0 + pow(Double($1.0) - Double($1.1), 2)
          } / Double(3 * x.pixels.count)
      }
    }
    for corruption in Corruption.allCases {
      let (mild, severe) = (try error(corruption, 1), try error(corruption, 5))
      // The reference's elastic transform moves most at severity 2.
      if corruption == .elasticTransform {
        #expect(try error(corruption, 2) > mild)
      } else {
        #expect(severe > 1.2 * mild && mild > 1, "\(corruption): \(mild) \(severe)")
      }
    }
  }

  @Test("Images of any size, of one colour and black ones are corrupted, too")
  func anyImage() throws {
    for (width, height, value) in [
      (64, 48, 90), (256, 256, 0), (31, 70, 255), (1, 1, 7), (3, 2, 200),
    ] {
      let image = RGBImage(width: width, height: height, filledWith: UInt8(value))
      for corruption in Corruption.allCases {
        for severity in Corruption.severities {
          let x = try applied(corruption, severity, to: image)
          #expect(x.width == width && x.height == height)
        }
      }
    }
  }

  @Test("Blurs and elastic transforms leave an image of one colour as it is")
  func plain() throws {
    let image = RGBImage(width: 96, height: 80, filledWith: 118)
    let kept: [Corruption] = [
      .defocusBlur, .motionBlur, .glassBlur, .zoomBlur, .elasticTransform, .pixelate,
    ]
    for corruption in kept {
      for severity in Corruption.severities {
        // The weights of the reference's largest discs, whose edges are softened, have a larger sum.
        if corruption == .defocusBlur, severity > 3 { continue }
        let x = try applied(corruption, severity, to: image)
        #expect(x.pixels.allSatisfy { (116...118).contains($0) }, "\(corruption)-\(severity)")
      }
    }
  }

  @Test("Only brightness and contrast are colours, only an elastic transform is geometry")
  func effects() throws {
    let image = PhotoBuilder.picture(width: 256, height: 256)
    for corruption in Corruption.allCases {
      let drawn = CorruptionParameters(corruption, severity: 2, noise: 9)
      let x = try drawn.apply(to: image)
      let isColor = [.brightness, .contrast].contains(corruption)
      let moves = corruption == .elasticTransform
      #expect(try drawn.applyColor(to: image) == (isColor ? x : image))
      #expect(try drawn.applyGeometry(to: image) == (moves ? x : image))
      let pair = try drawn.viewWithEqualColors(of: image, photographs: nil)
      #expect(pair.view.pixels == x && pair.canonical == (isColor ? x : image))
      #expect((drawn.theta() == [1, 0, 0, 0, 1, 0]) == !moves)
    }
  }

  @Test("θ takes an elastic transform's affine part back")
  func elasticTheta() throws {
    let image = PhotoBuilder.picture(width: 256, height: 256)
    for noise in 1...4 {
      // Of this severity the displacements are small beside the affine map.
      let drawn = CorruptionParameters(.elasticTransform, severity: 1, noise: UInt64(noise))
      let (x, theta) = (try drawn.apply(to: image), drawn.theta())
      func error(_ place: (Double, Double) -> (Double, Double)) -> Double {
        var (sum, count) = (0.0, 0.0)
        for row in stride(from: 64, to: 192, by: 4) {
          for column in stride(from: 64, to: 192, by: 4) {
            let u = (Double(column) + 0.5) / 128 - 1
            let v = (Double(row) + 0.5) / 128 - 1
            let at = place(u, v)
            let i =
              Int(((at.1 + 1) * 128 - 0.5).rounded()) * 256
              + Int(((at.0 + 1) * 128 - 0.5).rounded())
            for channel in 0..<3 {
              sum += pow(
                Double(x.pixels[i * 3 + channel])
                  - Double(image.pixels[(row * 256 + column) * 3 + channel]), 2)
              count += 1
            }
          }
        }
        return sum / count
      }
      let undone = error { u, v in
        (theta[0] * u + theta[1] * v + theta[2], theta[3] * u + theta[4] * v + theta[5])
      }
      #expect(undone < 0.3 * error { ($0, $1) }, "\(noise)")
    }
  }

  @Test("The JSON form reads back as the same, and a bad one is one line that names what is wrong")
  func json() throws {
    let folder = try TemporaryFolder()
    let drawn = CorruptionParameters(.glassBlur, severity: 4, noise: (1 << 53) - 1)
    let file = try folder.add("c.json", drawn.json.utf8)
    #expect(try Distortion.drawn(path: file) as? CorruptionParameters == drawn)
    for (text, words) in [
      (#"{"corruption": "fogg", "severity": 1, "noise": 1}"#, #"unknown name "fogg""#),
      (#"{"corruption": "fog", "severity": 6, "noise": 1}"#, "severity: 6.0 is not possible"),
      (#"{"corruption": "fog", "severity": 1.5, "noise": 1}"#, "severity: 1.5"),
      (#"{"corruption": "fog", "severity": 1, "noise": -1}"#, "noise: -1.0 is not possible"),
      (#"{"corruption": "fog", "severity": 1}"#, #"the key "noise" is missing"#),
      (#"{"corruption": "fog", "severity": "1", "noise": 1}"#, "severity has a value"),
      (#"{"corruption": "fog", "severity": 1, "noise": 1, "seed": 2}"#, #"unknown key "seed""#),
      (#"{"corruption": 3, "severity": 1, "noise": 1}"#, "corruption has a value"),
    ] {
      let file = try folder.add("bad.json", text.utf8)
      let error = #expect(throws: UserError.self) { try Distortion.drawn(path: file) }
      let line = error?.description ?? ""
      #expect(line.contains("bad.json") && line.contains(words), "\(line)")
    }
  }

  @Test("Names and files choose corruptions and severities; definitions read back")
  func names() throws {
    let folder = try TemporaryFolder()
    for corruption in Corruption.allCases {
      let name = "\(corruption.rawValue)-4"
      #expect(Distortion.isPreset(name) && Distortion.isPreset(corruption.rawValue))
      let named = try Distortion.named(name)
      #expect(named.identity == name)
      let again = try Distortion(definition: named.definition, identity: name)
      #expect(again.definition == named.definition)
      let text = "version: 1\nkind: corruption\ncorruption: \(corruption.rawValue)\nseverity: 4\n"
      let own = try Distortion.named(try folder.add("own.yaml", text.utf8))
      #expect(own.definition == named.definition)
      let draws = [named, own].map { $0.draw(seed: 1, item: "x", draw: 3).json }
      #expect(draws[0] == draws[1])
    }
    for name in ["fog-0", "fog-6", "fog-", "fog-3-3", "-3", "fogg"] {
      #expect(!Distortion.isPreset(name))
      let error = #expect(throws: UserError.self) { try Distortion.named(name) }
      #expect(error?.description.contains("a corruption (fog)") == true)
    }
    for (text, words) in [
      ("corruption: mist\n", "unknown corruption mist"), ("severity: 0\n", "1...5"),
      ("severity: [1, 9]\n", "1...5"), ("corruption: [fog, fog]\n", "duplicate corruption fog"),
      ("corruption: []\n", "at least one"), ("inches: 2\n", "unknown key inches"),
    ] {
      let file = try folder.add("bad.yaml", "version: 1\nkind: corruption\n\(text)".utf8)
      let error = #expect(throws: UserError.self) { try Distortion.named(file) }
      let line = error?.description ?? ""
      #expect(line.contains("bad.yaml:3") && line.contains(words), "\(line)")
    }
  }
}
