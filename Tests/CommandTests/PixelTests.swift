import Datasets
import Foundation
import Imaging
import Support
import Testing

@Suite("realitygap canonical and distort")
struct PixelTests {
  private struct Digest: Decodable { let sha256: String }
  private struct Goldens: Decodable { let images: [String: [String: Digest]] }

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func fixture(_ name: String) -> String {
    Repository.path("Tests/ImagingTests/Fixtures/\(name)")
  }

  private func goldens() throws -> [String: [String: Digest]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture("goldens.json")))
    return try JSONDecoder().decode(Goldens.self, from: data).images
  }

  @Test("canonical pixels are Pillow's, byte for byte")
  func canonical() throws {
    let goldens = try goldens()
    #expect(goldens.count == 10)
    for (name, golden) in goldens {
      for side in [224, 256] {
        let output = try Command.run(
          ["canonical", fixture("images/\(name)"), "--output", "o.ppm", "--size", "\(side)"],
          in: folder)
        expectSuccess(output)
        #expect(output.bytes.isEmpty && output.errors.isEmpty)
        let expected = golden["center\(side)"]?.sha256
        #expect(try folder.pixelDigest("o.ppm", side: side) == expected, "\(name) \(side)")
      }
    }
  }

  @Test("distorted pixels of given parameters are Pillow's and torchvision's, byte for byte")
  func distorted() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture("cases.json")))
    let root = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let images = try #require(root["images"] as? [String: [String: Any]])
    let goldens = try goldens()
    var played = 0
    for (name, golden) in goldens {
      let cases = try #require(images[name]?["cases"] as? [[String: Any]])
      for (index, parameters) in cases.enumerated() {
        try folder.add("p.json", JSONSerialization.data(withJSONObject: parameters))
        let output = try Command.run(
          ["distort", fixture("images/\(name)"), "--output", "o.ppm", "--parameters", "p.json"],
          in: folder)
        expectSuccess(output)
        let expected = try #require(golden["case\(index)/distorted"]).sha256
        #expect(try folder.pixelDigest("o.ppm", side: 256) == expected, "\(name) \(index)")
        let printed = try #require(
          JSONSerialization.jsonObject(with: Data(output.bytes)) as? NSDictionary)
        #expect(printed == parameters as NSDictionary)
        played += 1
      }
    }
    #expect(played == 30)
  }

  @Test("a drawn distortion is what the evaluator shows, and its printed JSON replays it")
  func replay() throws {
    let set = try LabelledDataset(name: "sample", path: Repository.path("Experiments/sample"))
    let item = try #require(set.items.first { $0.name == "imagenet_07_609.jpg" })
    let draws = [0, 1, 49]
    func request(_ draw: Int, _ view: ImageView) -> ViewRequest {
      ViewRequest(item: 0, draw: draw, views: [view])
    }
    let prepared = ViewStream(
      [request(0, .canonical)] + draws.map { request($0, .distorted) }, of: [item.photo],
      draws: DistortionDraws(.paper, seed: 2020), threads: 1)
    func next(_ view: ImageView) throws -> RGBImage {
      guard case .images(let images, _, _)? = prepared.next() else {
        throw UserError("no image")
      }
      return try #require(images[view]?.pixels)
    }
    let photo = Repository.path("Experiments/sample/images/imagenet_07_609.jpg")
    let canonical = try next(.canonical)
    expectSuccess(try Command.run(["canonical", photo, "--output", "y.ppm"], in: folder))
    #expect(try folder.bytes("y.ppm") == PPM.encode(canonical))
    var seen: Set<[UInt8]> = []
    for draw in draws {
      let shown = try next(.distorted)
      let output = try Command.run(
        ["distort", photo, "--output", "x.ppm", "--seed", "2020", "--draw", "\(draw)"], in: folder)
      expectSuccess(output)
      let pixels = try folder.bytes("x.ppm")
      #expect(pixels == PPM.encode(shown))
      try folder.add("p.json", output.bytes)
      let again = try Command.run(
        ["distort", photo, "--output", "again.ppm", "--parameters", "p.json"], in: folder)
      #expect(again.bytes == output.bytes)
      #expect(try folder.bytes("again.ppm") == pixels)
      seen.insert(pixels)
    }
    #expect(seen.count == draws.count)
  }

  @Test("the draw depends on seed and item name, not on where the file lies")
  func address() throws {
    try folder.add("other.jpg", Repository.bytes("Experiments/sample/images/imagenet_00_243.jpg"))
    func draw(_ image: String, _ options: [String]) throws -> String {
      try Command.run(["distort", image, "--output", "x.ppm"] + options, in: folder).text
    }
    let original = try draw(Repository.photo, ["--seed", "5"])
    #expect(original.contains("rotation"))
    #expect(try draw("other.jpg", ["--seed", "5", "--item", "imagenet_00_243.jpg"]) == original)
    #expect(try draw("other.jpg", ["--seed", "5"]) != original)
    #expect(try draw(Repository.photo, ["--seed", "6"]) != original)
  }

  @Test("parameters that make no sense are one line that names file and key")
  func badParameters() throws {
    func distort(_ text: String) throws -> Output {
      try folder.add("p.json", text)
      return try Command.run(
        ["distort", Repository.photo, "--output", "x.ppm", "--parameters", "p.json"], in: folder)
    }
    let good = try Command.run(
      ["distort", Repository.photo, "--output", "x.ppm", "--seed", "1"], in: folder
    ).text
    func changed(_ key: String, _ value: String) throws -> Output {
      let lines = good.split(separator: "\n").map { line in
        line.contains("\"\(key)\":")
          ? "  \"\(key)\": \(value)" + (line.hasSuffix(",") ? "," : "") : String(line)
      }
      return try distort(lines.joined(separator: "\n"))
    }
    expectFailure(try distort(""), "p.json", "not valid JSON")
    expectFailure(try distort("[1, 2]"), "p.json")
    expectFailure(try distort("{\"rotation\": 1}"), "p.json", "translate", "missing")
    expectFailure(try changed("scale", "0"), "p.json", "scale")
    expectFailure(try changed("scale", "1e-300"), "p.json", "scale")
    expectFailure(try changed("shear", "90"), "p.json", "shear")
    expectFailure(try changed("hue", "0.7"), "p.json", "hue")
    expectFailure(try changed("rotation", "\"north\""), "p.json", "rotation")
    expectFailure(try changed("translate", "[1.5, 0]"), "p.json", "translate")
    expectFailure(try changed("translate", "[1e30, 0]"), "p.json", "translate")
    expectFailure(try changed("order", "[\"hue\", \"hue\"]"), "p.json", "order")
    expectFailure(try changed("interpolation", "\"cubic\""), "p.json", "interpolation")
    expectFailure(try changed("brightness", "-1"), "p.json", "brightness")
    expectFailure(try changed("brightness", "1, \"colour\": 2"), "p.json", "colour")
    expectSuccess(try changed("rotation", "720.5"))
  }

  @Test("an output that cannot be written is one line that names it")
  func badOutput() throws {
    try FileManager.default.createDirectory(
      atPath: folder.file("there.png"), withIntermediateDirectories: true)
    func write(_ path: String) throws -> Output {
      try Command.run(["canonical", Repository.photo, "--output", path], in: folder)
    }
    expectFailure(try write("no/where.ppm"), "no/where.ppm", "folder does not exist")
    #expect(!FileManager.default.fileExists(atPath: folder.file("no")))
    expectFailure(try write("there.png"), "there.png", "not a regular file")
    for name in ["there.png/", "/dev/full", ""] { #expect(try write(name).status == 64) }
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("full.png"), withDestinationPath: "/dev/full")
    expectFailure(try write("full.png"), "full.png")
    // Not even root may create files here.
    expectFailure(try write("/proc/x.ppm"), "/proc/x.ppm", "cannot be written")
    expectFailure(
      try Command.shell(
        #"ulimit -f 10; exec "$RG" "$@""#,
        ["canonical", Repository.photo, "--output", "big.ppm"], in: folder), "big.ppm", "too large")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy {
        !$0.hasSuffix(".partial") && !$0.hasSuffix(".ppm")
      })
  }
}
