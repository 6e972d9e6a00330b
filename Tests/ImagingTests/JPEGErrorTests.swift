import Foundation
import Imaging
import Support
import Testing

@Suite("Bad JPEG files give one clear line and never crash")
struct JPEGErrorTests {
  @Test("a missing file is named")
  func missing() {
    let message = failure { _ = try RGBImage(path: "/nowhere/photo.jpg") }
    #expect(message == "/nowhere/photo.jpg: no such file; check the path")
  }

  @Test("a folder is not a file")
  func folder() {
    let path = FileManager.default.temporaryDirectory.path
    #expect(failure { _ = try RGBImage(path: path) }.hasPrefix("\(path): not a regular file"))
  }

  @Test("an empty file says so")
  func empty() throws {
    try Fixture.withFile("empty.jpg", []) { path in
      #expect(failure { _ = try RGBImage(path: path) } == "\(path): empty file (0 bytes)")
    }
    #expect(failure { _ = try JPEG.decode([], name: "x") } == "x: empty file (0 bytes)")
  }

  @Test("another format is recognised by its first bytes")
  func otherFormat() throws {
    let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A]
    #expect(
      failure { _ = try JPEG.decode(png, name: "a.jpg") }
        == "a.jpg: not a JPEG file (it is a PNG image); convert it to JPEG")
    #expect(
      failure { _ = try JPEG.dimensions([7], name: "b") }.hasPrefix("b: not a JPEG file (it"))
  }

  @Test(
    "a file cut anywhere is truncated, as Pillow finds",
    arguments: [
      "cat_451x300_420.jpg", "cup_500x375_422_progressive.jpg", "cmyk_320x257.jpg",
      "gray_333x512.jpg",
    ])
  func truncated(name: String) throws {
    let bytes = try Fixture.bytes("images/" + name)
    for part in 1..<50 {
      let cut = Array(bytes[..<(bytes.count * part / 50)])
      let message = failure { _ = try JPEG.decode(cut, name: name) }
      #expect(message.hasPrefix("\(name): truncated JPEG ("), "\(part)/50: \(message)")
    }
    // Even the end marker counts.
    let message = failure { _ = try JPEG.decode(bytes.dropLast(2), name: name) }
    #expect(message.hasPrefix("\(name): truncated JPEG ("), "\(message)")
  }

  @Test("lost data in the middle is decoded as Pillow does, and said")
  func hole() throws {
    var bytes = try Fixture.bytes("images/cat_451x300_420.jpg")
    #expect(try ImageFile(bytes, name: "sound").decode().damage == nil)
    let middle = bytes.count / 2
    bytes.removeSubrange(middle..<bytes.count - 2)  // the end marker comes too early
    let damage = try #require(try ImageFile(bytes, name: "hole.jpg").decode().damage)
    #expect(damage.contains("premature end of data segment, near byte "), "\(damage)")
  }

  @Test("kinds of JPEG that libjpeg does not read are not called damaged")
  func unsupported() throws {
    let bytes = try Fixture.bytes("jpeg/plain.jpg")
    let frame = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xC0]) })
    func message(_ at: Int, _ value: UInt8) -> String {
      var changed = bytes
      changed[frame + at] = value
      return failure { _ = try RGBImage(changed, name: "x.jpg") }
    }
    #expect(message(4, 12).contains("not supported (Unsupported JPEG data precision 12"))
    #expect(message(1, 0xC3).contains("not supported (Unsupported JPEG process: SOF type 0xc3"))
    #expect(message(1, 0xC5).contains("convert it to an ordinary JPEG"))
  }

  @Test("changed bytes decode or throw a UserError", arguments: 0..<8)
  func flipped(seed: UInt64) throws {
    let names = ["tiny_60x40.jpg", "odd_299x255_q30.jpg", "wide_1000x130.jpg"]
    var generator = SplitMix(state: seed)
    for name in names {
      let bytes = try Fixture.bytes("images/" + name)
      for _ in 0..<60 {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          let inHeader = Bool.random(using: &generator)
          let at = Int.random(in: 2..<(inHeader ? 640 : bytes.count), using: &generator)
          damaged[at] = UInt8.random(in: 0...255, using: &generator)
        }
        let message = failure {
          let image = try JPEG.decode(damaged, name: name).image
          #expect(image.pixels.count == image.width * image.height * 3)
        }
        #expect(message == "no error" || message.hasPrefix("\(name): "), "\(message)")
      }
    }
  }

  @Test("a tiny file that claims to be huge is refused before memory is taken")
  func absurdSize() throws {
    var bytes = try Fixture.bytes("jpeg/one_pixel.jpg")
    let frame = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xFF, 0xC0]) })
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0x20, 0x00, 0x20, 0x00])  // 8192 x 8192
    let impossible = failure { _ = try JPEG.decode(bytes, name: "bomb.jpg") }
    #expect(impossible.hasPrefix("bomb.jpg: JPEG of an impossible size (more pixels than its data"))
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0x00, 0xFF, 0x00])
    bytes += [UInt8](repeating: 0, count: 9 << 20)
    let limit = failure { _ = try JPEG.dimensions(bytes, name: "bomb.jpg") }
    #expect(
      limit.hasPrefix("bomb.jpg: an image of 65280×65280: more than the limit of 178956970 pixels"))
    #expect(limit.contains("REALITYGAP_LIMIT_PIXELS"))
  }
}

/// A small generator, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
