import Foundation
import Imaging
import Support
import Testing
import WeightFiles

@Suite(
  "Commands read images by content and write them by ending",
  .enabled(if: ImageFormat.png.isAvailable))
struct ImageFileTests {
  let folder: TemporaryFolder
  private let corrector = Repository.path("Experiments/sample/corrector.h5")

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: String...) throws -> Output {
    let output = try Command.run(arguments, in: folder)
    expectSuccess(output)
    return output
  }

  private func image(_ name: String) throws -> RGBImage { try RGBImage(path: folder.file(name)) }

  @Test("PNG and PPM hold the same pixels, JPEG is one, and the ending decides")
  func endings() throws {
    for name in ["y.png", "y.ppm", "y.jpg", "y.JPEG"] {
      _ = try run("canonical", Repository.photo, "--output", name)
      _ = try run("distort", Repository.photo, "--output", "x\(name)", "--seed", "1")
    }
    #expect(try folder.bytes("y.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(try folder.bytes("y.ppm").starts(with: Array("P6\n224 224\n255\n".utf8)))
    #expect(try folder.bytes("y.jpg").starts(with: [0xFF, 0xD8, 0xFF]))
    #expect(try folder.bytes("y.jpg") == folder.bytes("y.JPEG"))
    #expect(try image("y.png") == image("y.ppm"))
    #expect(try image("xy.png") == image("xy.ppm"))
    #expect(try image("y.jpg") != image("y.ppm"))
  }

  @Test(
    "another ending is wrong usage, which lists those that there are",
    arguments: ["y.gif", "y", "y.", "y.png.txt", ".png/y"])
  func otherEndings(name: String) throws {
    for command in [
      ["canonical"], ["distort", "--seed", "1"], ["correct", "--corrector", corrector],
    ] {
      let output = try Command.run(command + [Repository.photo, "--output", name], in: folder)
      #expect(output.status == 64, "\(output.errors)")
      #expect(output.errors.contains(".jpg, .jpeg, .png, .ppm"), "\(output.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file(name)))
  }

  @Test("distort, correct and classify follow one upon another without a pixel's loss")
  func chain() throws {
    for ending in ["png", "ppm"] {
      _ = try run("distort", Repository.photo, "--output", "x.\(ending)", "--seed", "7")
      _ = try run(
        "correct", "x.\(ending)", "--corrector", corrector, "--output", "y.\(ending)")
    }
    #expect(try image("x.png") == image("x.ppm") && image("y.png") == image("y.ppm"))
    // The 256×256 pixels are taken as they are, with --as-is and without.
    let weights = ["--weights", Repository.weights]
    func logits(_ arguments: String...) throws -> [Float] {
      let output = try Command.run(
        ["classify"] + arguments + weights + ["--logits", "l.h5"], in: folder)
      expectSuccess(output)
      return try HDF5File(path: folder.file("l.h5")).tensor("logits").elements
    }
    let whole = try logits("x.png", "--corrector", corrector)
    #expect(try logits("x.png", "--corrector", corrector, "--as-is") == whole)
    #expect(try logits("x.ppm", "--corrector", corrector) == whole)
    // What correct wrote is what the network saw, but for rounding to 8 bits.
    let far = { (other: [Float]) in zip(whole, other).map { abs($0 - $1) }.max() ?? .infinity }
    #expect(try far(logits("y.png", "--as-is")) < 0.5)
    #expect(try far(logits("y.ppm", "--as-is")) < 0.5)
    #expect(try far(logits("y.png")) > 0.5)
  }

  @Test("--as-is takes no other size, and an image that looks prepared is noted without it")
  func asIs() throws {
    _ = try run("canonical", Repository.photo, "--output", "y.png")
    let weights = ["--weights", Repository.weights]
    let noted = try Command.run(["classify", "y.png", "y.png"] + weights, in: folder)
    expectSuccess(noted)
    #expect(noted.errorLines.count == 1 && noted.errors.contains("--as-is"), "\(noted.errors)")
    let exact = try Command.run(["classify", "y.png", "--as-is"] + weights, in: folder)
    expectSuccess(exact)
    #expect(exact.errors.isEmpty)
    let photo = try Command.run(["classify", Repository.photo] + weights, in: folder)
    #expect(exact.lines.dropFirst() == photo.lines.dropFirst())
    expectFailure(
      try Command.run(["classify", Repository.photo, "--as-is"] + weights, in: folder),
      Repository.photo, "not 224×224")
    expectFailure(
      try Command.run(
        ["classify", "y.png", "--as-is", "--corrector", corrector] + weights, in: folder),
      "y.png", "not 256×256")
  }

  @Test("a PNG named .JPEG is read as torchvision reads it")
  func misnamed() throws {
    let photo = try RGBImage(path: Repository.photo)
    try folder.add("n02105855_2933.JPEG", photo.encoded(as: .png))
    _ = try run("canonical", "n02105855_2933.JPEG", "--output", "a.ppm")
    _ = try run("canonical", Repository.photo, "--output", "b.ppm")
    #expect(try folder.bytes("a.ppm") == folder.bytes("b.ppm"))
  }

  @Test("a damaged photo that Pillow decodes is decoded and noted")
  func damaged() throws {
    var bytes = try Repository.bytes("Tests/ImagingTests/Fixtures/images/cat_451x300_420.jpg")
    bytes.removeSubrange(bytes.count / 2..<bytes.count - 2)
    try folder.add("half.jpg", bytes)
    let output = try run("canonical", "half.jpg", "--output", "y.png")
    #expect(output.errorLines.count == 1)
    #expect(output.errors.hasPrefix("note: half.jpg: damaged (Corrupt JPEG data: premature end"))
  }

  @Test("what is no image that can be read is called by its true name")
  func otherKinds() throws {
    try folder.add("photo.jpg", "GIF89a......")
    expectFailure(
      try Command.run(["canonical", "photo.jpg", "--output", "y.png"], in: folder),
      "photo.jpg", "it is a GIF image")
  }
}
