import Imaging
import Testing

@Suite("PPM")
struct PPMTests {
  private let image = Fixture.synthetic(width: 3, height: 2, seed: 0)

  @Test("a file has the header and the pixels")
  func encode() {
    #expect(PPM.encode(image) == Array("P6\n3 2\n255\n".utf8) + image.pixels)
  }

  @Test("what is written is read back, from memory and from disk")
  func roundTrip() throws {
    #expect(try PPM.decode(PPM.encode(image), name: "x") == image)
    try Fixture.withFile("a.ppm", PPM.encode(image)) { path in
      let read = try RGBImage(path: path)
      #expect(read == image)
    }
  }

  @Test("comments and any white space are allowed in the header")
  func comments() throws {
    let header = Array("P6 # by hand\n# second\n 3\t2 # size\n255\n".utf8)
    #expect(try PPM.decode(header + image.pixels, name: "x") == image)
  }

  @Test("bad files are named")
  func errors() {
    func message(_ bytes: [UInt8]) -> String {
      failure { _ = try PPM.decode(bytes, name: "x.ppm") }
    }
    #expect(message([]) == "x.ppm: empty file (0 bytes)")
    #expect(message([0xFF, 0xD8]).hasPrefix("x.ppm: not a binary PPM file (it starts with FF D8"))
    #expect(message(PPM.encode(image).dropLast()).hasPrefix("x.ppm: truncated PPM (17 bytes"))
    #expect(message(Array("P6\n3".utf8)).hasPrefix("x.ppm: corrupt PPM"))
    #expect(message(Array("P6 0 2 255\n".utf8)).hasPrefix("x.ppm: corrupt PPM"))
    #expect(message(Array("P6 99999999999999999999 2 255\n".utf8)).hasPrefix("x.ppm: corrupt PPM"))
    #expect(message(Array("P6 9999 9999 255\n".utf8)).hasPrefix("x.ppm: truncated PPM"))
    #expect(
      message(Array("P6 9999999 9999999 255\n".utf8)).contains("more than the limit of 178956970"))
    #expect(message(Array("P6 3 2 65535\n".utf8)).contains("maximum of 65535"))
  }
}
