import Imaging
import Support
import Testing

/// Fixtures/png.json, made by Scripts/goldens/image_files.py.
private struct PNGGolden: Decodable {
  let decoded: Golden
  let upright: Golden
}

@Suite("PNG", .enabled(if: ImageFormat.png.isAvailable))
struct PNGTests {
  private let image = Fixture.synthetic(width: 37, height: 21, seed: 0)

  private func bytes(_ name: String) throws -> [UInt8] { try Fixture.bytes("png/\(name).png") }

  @Test("every kind of file decodes to Pillow's bytes, upright where that is asked for")
  func kinds() throws {
    let goldens = try Fixture.json([String: PNGGolden?].self, "png.json")
    #expect(goldens.count >= 39)
    for (name, golden) in goldens {
      guard let golden else { continue }
      let file = try ImageFile(try bytes(name), name: name)
      #expect(try Golden(file.decode().image) == golden.decoded, "\(name)")
      #expect(try Golden(file.decode(upright: true).image) == golden.upright, "\(name)")
    }
    #expect(goldens.filter { $0.value == nil }.keys.sorted() == ["grey_16", "grey_16_interlaced"])
  }

  @Test("16-bit grey, which Pillow clips to white, is refused")
  func grey16() throws {
    let message = failure { _ = try RGBImage(try bytes("grey_16"), name: "a.png") }
    #expect(message.hasPrefix("a.png: a PNG of 16-bit grey"), "\(message)")
  }

  @Test("what is encoded is decoded to the same pixels")
  func roundTrip() throws {
    for image in [image, RGBImage(width: 1, height: 1), RGBImage(width: 300, height: 1)] {
      #expect(try PNG.decode(PNG.encode(image), name: "x") == image)
    }
  }

  /// Checksums behind the last pixel may be cut off, too, as in Pillow.
  @Test("a file cut anywhere in its pixels or before is truncated")
  func truncated() throws {
    for name in ["rgb_8", "palette_4_interlaced", "grey_alpha_16"] {
      let whole = try bytes(name)
      for count in 8..<whole.count - 12 - 4 - 4 {
        let message = failure { _ = try RGBImage(Array(whole[..<count]), name: "a.png") }
        #expect(message.hasPrefix("a.png: truncated PNG ("), "\(name) \(count): \(message)")
      }
      let withoutEnd = try RGBImage(Array(whole.dropLast(12)), name: "x")
      #expect(try withoutEnd == RGBImage(whole, name: "x"))
    }
  }

  @Test("a changed byte anywhere is corrupt, with its place, as a checksum covers it")
  func corrupt() throws {
    let whole = try bytes("rgb_8_interlaced")
    for at in 8..<whole.count {
      var damaged = whole
      damaged[at] ^= 0x10
      let message = failure { _ = try RGBImage(damaged, name: "a.png") }
      #expect(message.hasPrefix("a.png: "), "\(at): \(message)")
      #expect(message.contains("PNG") && message.contains("("), "\(at): \(message)")
    }
    var damaged = whole
    damaged[whole.count / 2] ^= 1
    let message = failure { _ = try RGBImage(damaged, name: "a.png") }
    #expect(message.contains("near byte") && message.contains("of \(whole.count)"), "\(message)")
  }

  @Test("a tiny file that claims to be huge is refused before memory is taken")
  func absurdSize() throws {
    func header(_ width: UInt32, _ height: UInt32) throws -> [UInt8] {
      let plain = try bytes("plain")
      let size = [width, height].flatMap { value in
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
      }
      let ihdr = Array("IHDR".utf8) + size + plain[24..<29]
      let sum = crc(ihdr)
      return Array(plain[..<12]) + ihdr
        + stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: sum >> $0) }
        + plain[33...]
    }
    #expect(
      try ImageFile(header(13, 11), name: "x").decode().image == RGBImage(bytes("plain"), name: "x")
    )
    for (width, height) in [(10_000, 10_000), (100_000, 100_000)] as [(UInt32, UInt32)] {
      let message = failure { _ = try RGBImage(try header(width, height), name: "bomb.png") }
      #expect(message.hasPrefix("bomb.png: PNG of an impossible size (more pixels"), "\(message)")
    }
    #expect(failure { _ = try RGBImage(try header(0, 5), name: "x") }.hasPrefix("x: corrupt PNG"))
  }

  /// CRC-32 as PNG has it.
  private func crc(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 {
        let carry: UInt32 = sum & 1 == 1 ? 0xEDB8_8320 : 0
        sum = carry ^ (sum >> 1)
      }
    }
    return ~sum
  }
}

@Suite("Without libpng", .disabled(if: ImageFormat.png.isAvailable))
struct MissingPNGTests {
  @Test("reading and writing PNG names the package trait")
  func namesTrait() throws {
    let bytes = try Fixture.bytes("png/rgb_8.png")
    for message in [
      failure { _ = try RGBImage(bytes, name: "a.png") },
      failure { _ = try RGBImage(width: 1, height: 1).encoded(as: .png) },
    ] {
      #expect(message.contains("lacks the package trait PNG"), "\(message)")
      #expect(message.contains("build with the default traits"), "\(message)")
    }
  }
}
