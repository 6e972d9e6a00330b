import Imaging
import Support
import Testing

@Suite("JPEG")
struct JPEGTests {
  @Test("every kind of file decodes to Pillow's bytes")
  func kinds() throws {
    let goldens = try Goldens.all.get().jpegs
    #expect(goldens.count >= 19)
    for (name, golden) in goldens {
      #expect(try Golden(RGBImage(path: Fixture.path("jpeg/" + name))) == golden, "\(name)")
    }
  }

  @Test("arithmetic coding, several pictures, odd Adobe marks and garbage behind change nothing")
  func moreKinds() throws {
    let goldens = try Fixture.json([String: Golden].self, "jpeg_kinds.json")
    #expect(goldens.count == 11)
    for (name, golden) in goldens {
      let decoded = try ImageFile(path: Fixture.path("jpeg/" + name)).decode()
      #expect(Golden(decoded.image) == golden, "\(name)")
      #expect(decoded.damage == nil, "\(name)")
    }
  }

  @Test("EXIF orientation is read and turned as Pillow's exif_transpose does")
  func orientation() throws {
    for (name, golden) in try Goldens.all.get().upright {
      let bytes = try Fixture.bytes("jpeg/" + name)
      let image = try JPEG.decode(bytes, name: name).image.oriented(JPEG.orientation(bytes))
      #expect(Golden(image) == golden, "\(name)")
    }
    for expected in 1...8 {
      let bytes = try Fixture.bytes("jpeg/orientation_\(expected).jpg")
      #expect(JPEG.orientation(bytes) == expected)
    }
  }

  @Test("orientation is 1 for cut and damaged EXIF, whatever the damage")
  func damagedOrientation() throws {
    let bytes = try Fixture.bytes("jpeg/orientation_6.jpg")
    for end in 0..<bytes.count {
      #expect((1...8).contains(JPEG.orientation(Array(bytes[..<end]))))
    }
    for at in 2..<140 {
      for value: UInt8 in [0, 1, 0x7F, 0xFF] {
        var damaged = bytes
        damaged[at] = value
        #expect((1...8).contains(JPEG.orientation(damaged)))
      }
    }
    #expect(JPEG.orientation([]) == 1)
    #expect(JPEG.orientation(try Fixture.bytes("images/tiny_60x40.jpg")) == 1)
  }

  @Test("the header tells size and components")
  func dimensions() throws {
    let grey = try JPEG.dimensions(Fixture.bytes("images/gray_333x512.jpg"), name: "grey")
    #expect((grey.width, grey.height, grey.components) == (333, 512, 1))
    let cmyk = try JPEG.dimensions(Fixture.bytes("images/cmyk_320x257.jpg"), name: "cmyk")
    #expect((cmyk.width, cmyk.height, cmyk.components) == (320, 257, 4))
  }

  @Test("encoding gives Pillow's bytes")
  func encoding() throws {
    let image = Fixture.synthetic(width: 61, height: 47, seed: 1)
    for item in try Goldens.all.get().encoded {
      let subsampling = try #require(JPEG.Subsampling(rawValue: item.subsampling))
      let bytes = try JPEG.encode(image, quality: item.quality, subsampling: subsampling)
      #expect(
        FileDigest.sha256(bytes) == item.sha256, "\(item.quality) \(item.subsampling)")
    }
    #expect(
      try JPEG.encode(image, quality: 75)
        == JPEG.encode(image, quality: 75, subsampling: .s420))
  }

  @Test("what is encoded decodes to nearly the same")
  func roundTrip() throws {
    let image = RGBImage(width: 40, height: 30, filledWith: 100)
    let back = try JPEG.decode(JPEG.encode(image, quality: 95), name: "round trip").image
    #expect((back.width, back.height) == (40, 30))
    #expect(back.pixels.allSatisfy { abs(Int($0) - 100) <= 1 })
  }

  @Test("sides that JPEG cannot hold are refused")
  func tooWide() {
    let image = RGBImage(width: 65_501, height: 1)
    let message = failure { _ = try JPEG.encode(image, quality: 75) }
    #expect(message.contains("65501 x 1"))
    #expect(message.contains("65500"))
  }
}
