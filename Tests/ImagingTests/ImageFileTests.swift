import Foundation
import Imaging
import Support
import Testing

@Suite("Image files are recognised by content and written by ending")
struct ImageFileTests {
  private let image = Fixture.synthetic(width: 31, height: 17, seed: 1)

  @Test(
    "each format is read back whatever the file is called",
    arguments: ImageFormat.written.filter(\.isAvailable))
  func anyName(format: ImageFormat) throws {
    let bytes = try image.encoded(as: format, quality: 100)
    let expected = format == .jpeg ? try JPEG.decode(bytes, name: "x").image : image
    for name in ["a.JPEG", "a.png", "a.ppm", "a.gif", "a"] {
      try Fixture.withFile(name, bytes) { path in
        #expect(try ImageFile(path: path).format == format)
        let read = try RGBImage(path: path)
        #expect(read == expected, "\(name)")
      }
    }
    #expect(try RGBImage(bytes, name: "x") == expected)
  }

  @Test("an ending asks for a format, in any case of letters")
  func endings() {
    #expect(ImageFormat(ending: "a.jpg") == .jpeg)
    #expect(ImageFormat(ending: "folder.d/n02105855_2933.JPEG") == .jpeg)
    #expect(ImageFormat(ending: "a.b.Png") == .png)
    #expect(ImageFormat(ending: "x.ppm") == .ppm)
    for name in ["a.gif", "png", "a.", "a.png/b", "", ".", "a.ppm~", "folder.png/"] {
      #expect(ImageFormat(ending: name) == nil, "\(name)")
      #expect(!ImageFormat.isImageName(name))
    }
    #expect(ImageFormat.endingsText == ".jpg, .jpeg, .png, .webp, .ppm")
  }

  @Test("what is none of them is called by its true name")
  func otherKinds() {
    let kinds: [(bytes: [UInt8], name: String)] = [
      (Array("GIF89a".utf8), "a GIF image"),
      ([0, 0, 0, 24] + Array("ftypheic".utf8), "a HEIC image"),
      ([0, 0, 0, 24] + Array("ftypavif".utf8), "an AVIF image"),
      ([0x49, 0x49, 0x2A, 0, 8, 0, 0, 0], "a TIFF image"),
      ([0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8], "a TIFF image"),
      (Array("BM".utf8) + [1, 2, 3], "a BMP image"),
      (Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8), "an SVG drawing"),
      (Array("\n<?xml version='1.0'?>\n<!-- a -->\n<svg/>".utf8), "an SVG drawing"),
      (Array("<!DOCTYPE html><html>".utf8), "a web page"),
      (Array("P5 1 1 255 ".utf8), "a PGM image"),
      (Array("%PDF-1.4".utf8), "a PDF document"), ([UInt8](repeating: 0, count: 99), "nothing but"),
      (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "a pointer of Git LFS"),
      ([0, 0, 0, 0x0C] + Array("JXL ".utf8), "a JPEG XL image"),
    ]
    for (bytes, name) in kinds {
      let message = failure { _ = try RGBImage(bytes, name: "photo.jpg") }
      #expect(
        message.hasPrefix("photo.jpg: not a JPEG, PNG, WebP or PPM file (it is \(name)"),
        "\(message)")
    }
    #expect(
      failure { _ = try RGBImage(Array("hello".utf8), name: "a.jpg") }
        == "a.jpg: not a JPEG, PNG, WebP or PPM file (it starts with 68 65 6C 6C); "
        + "convert it to one of them")
    #expect(failure { _ = try RGBImage([], name: "a.jpg") } == "a.jpg: empty file (0 bytes)")
    #expect(failure { _ = try RGBImage([0xFF], name: "a.jpg") }.contains("starts with FF"))
  }

  @Test("the size is that of the upright image, from the beginning of the file")
  func uprightSize() throws {
    let turned = try Fixture.bytes("jpeg/orientation_6.jpg")
    try Fixture.withFile("a.png", turned) { path in
      let size = try ImageFile.uprightSize(path: path)
      #expect(size == (9, 12))
    }
    // EXIF that lies behind what is read at first counts all the same.
    let long = [0xFF, 0xE5, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 65_533)
    let far =
      Array(turned.prefix(2)) + Array(repeatElement(long, count: 5).joined())
      + turned.dropFirst(2)
    try Fixture.withFile("a.jpg", far) { path in
      let size = try ImageFile.uprightSize(path: path)
      #expect(size == (9, 12))
    }
    #expect(try ImageFile(PPM.encode(image), name: "x").size() == (31, 17))
  }
}
