import Imaging
import Support
import Testing

/// Fixtures/webp.json, made by Scripts/goldens/webp.py.
private struct WebPGolden: Decodable {
  let decoded: Golden
  let upright: Golden
}

@Suite("WebP", .enabled(if: ImageFormat.webp.isAvailable))
struct WebPTests {
  private func bytes(_ name: String) throws -> [UInt8] { try Fixture.bytes("webp/\(name).webp") }

  @Test("every kind of file decodes to Pillow's bytes, upright where that is asked for")
  func kinds() throws {
    let goldens = try Fixture.json([String: WebPGolden].self, "webp.json")
    #expect(goldens.count >= 12)
    for (name, golden) in goldens {
      let file = try ImageFile(try bytes(name), name: name)
      #expect(file.format == .webp)
      #expect(try Golden(file.decode().image) == golden.decoded, "\(name)")
      #expect(try Golden(file.decode(upright: true).image) == golden.upright, "\(name)")
      let size = try file.size(upright: true)
      #expect(size.width == golden.upright.width && size.height == golden.upright.height)
    }
  }

  @Test("a file that is cut anywhere is truncated")
  func truncated() throws {
    for name in ["lossy", "lossless", "lossy_alpha", "animated"] {
      let whole = try bytes(name)
      for count in stride(from: 12, to: whole.count, by: 7) {
        let message = failure { _ = try RGBImage(Array(whole[..<count]), name: "a.webp") }
        #expect(message.hasPrefix("a.webp: truncated WebP ("), "\(name) \(count): \(message)")
      }
    }
  }

  @Test("an animation's first frame lies on the canvas where it says, and around it is black")
  func firstFrame() throws {
    var file = try bytes("animated")
    let whole = try RGBImage(file, name: "a.webp")
    func put(_ value: Int, at offset: Int) {
      for byte in 0..<3 { file[offset + byte] = UInt8(value >> (8 * byte) & 255) }
    }
    // The canvas, less one, is in the chunk VP8X; the frame's place, halved, begins the first chunk ANMF.
    put(whole.width + 9, at: 24)
    put(whole.height + 5, at: 27)
    let frame = try #require(file.indices.first { file[$0...].starts(with: Array("ANMF".utf8)) })
    put(2, at: frame + 8)
    put(1, at: frame + 11)
    let moved = try RGBImage(file, name: "a.webp")
    #expect((moved.width, moved.height) == (whole.width + 10, whole.height + 6))
    var expected = [UInt8](repeating: 0, count: 3 * moved.width * moved.height)
    let (from, row) = (whole.pixels, 3 * whole.width)
    for y in 0..<whole.height {
      let to = 3 * ((y + 2) * moved.width + 4)
      expected.replaceSubrange(to..<to + row, with: from[y * row..<(y + 1) * row])
    }
    #expect(moved.pixels == expected)
  }

  @Test("changed bytes are an error that names the file, or pixels of the same size")
  func damaged() throws {
    for name in ["lossy", "lossless_alpha", "animated_alpha", "exif"] {
      let whole = try bytes(name)
      for at in stride(from: 12, to: whole.count, by: 1 + whole.count / 500) {
        var damaged = whole
        damaged[at] ^= 0x11
        do {
          let file = try ImageFile(damaged, name: "a.webp")
          let size = try file.size()
          let image = try file.decode(upright: false).image
          #expect(image.width == size.width && image.height == size.height)
        } catch let error as UserError {
          #expect(error.description.hasPrefix("a.webp: "), "\(at): \(error)")
        }
      }
    }
  }

  @Test("it is not written")
  func written() throws {
    #expect(!ImageFormat.written.contains(.webp))
    #expect(failure { _ = try RGBImage(width: 1, height: 1).encoded(as: .webp) }.contains("PNG"))
  }
}

@Suite("Without libwebp", .disabled(if: ImageFormat.webp.isAvailable))
struct MissingWebPTests {
  @Test("reading WebP names the package trait")
  func namesTrait() throws {
    let bytes = try Fixture.bytes("webp/lossy.webp")
    let message = failure { _ = try RGBImage(bytes, name: "a.webp") }
    #expect(message.contains("lacks the package trait WebP"), "\(message)")
  }
}
