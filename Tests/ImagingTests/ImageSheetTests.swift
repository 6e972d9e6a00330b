import Testing

import Imaging

@Suite("Image sheets")
struct ImageSheetTests {
  private func image(_ value: UInt8, width: Int = 160, height: Int = 40) -> RGBImage {
    RGBImage(width: width, height: height, filledWith: value)
  }

  /// Dark pixels of a part of an image.
  private func ink(_ image: RGBImage, _ x: Range<Int>, _ y: Range<Int>) -> Int {
    y.reduce(0) { sum, row in
      sum + x.count { image.pixels[(row * image.width + $0) * 3] < 128 }
    }
  }

  @Test("every letter has a form of its own; accents fall off, what is unknown is a box")
  func letters() {
    let letters = (33...126).compactMap(UnicodeScalar.init).map { Character($0) } + ["ŷ", "…"]
    let forms = letters.map(PixelFont.columns)
    #expect(Set(forms).count == letters.count)
    #expect(forms.allSatisfy { $0.count == 5 && $0.contains { $0 != 0 } })
    #expect(PixelFont.columns(" ") == [0, 0, 0, 0, 0])
    #expect(PixelFont.columns("é") == PixelFont.columns("e"))
    #expect(PixelFont.columns("y\u{302}") == PixelFont.columns("ŷ"))
    #expect(PixelFont.columns("ŷ") != PixelFont.columns("y"))
    #expect(PixelFont.columns("漢") == PixelFont.columns("□"))
    #expect(PixelFont.columns("\n") == PixelFont.columns("□"))
  }

  @Test("each column has its heading, each strip its name, and the images are as they were")
  func sheet() {
    let sheet = ImageSheet(
      columns: ["y", "x", "ŷ"],
      strips: ["a.jpg", "b.jpg"].map {
        .init(name: $0, images: [image(200), image(210), image(220)])
      }
    ).image
    // 4 pixels of gap, headings of 24, lines of 20.
    #expect(sheet.width == 4 + 3 * 164 && sheet.height == 4 + 24 + 2 * (20 + 40 + 4))
    for column in 0..<3 {
      let x = 4 + 164 * column..<164 + 164 * column
      #expect(ink(sheet, x, 4..<20) > 20, "heading \(column)")
      for row in 0..<2 {
        let top = 28 + 64 * row + 20
        #expect(
          sheet.pixels[((top + 20) * sheet.width + x.lowerBound) * 3] == 200 + 10 * UInt8(column))
        #expect(ink(sheet, x, top..<top + 40) == 0)
      }
    }
    #expect(ink(sheet, 4..<64, 28..<44) > 50 && ink(sheet, 64..<sheet.width, 28..<44) == 0)
    #expect(ink(sheet, 4..<64, 92..<108) > 50)
    // The heading is in the middle of its column.
    #expect(ink(sheet, 4..<70, 4..<20) == 0)
  }

  @Test("strips stand beside each other under headings of their own; the last row may be short")
  func across() {
    let strips = (0..<3).map { ImageSheet.Strip(name: "\($0)", images: [image(200), image(210)]) }
    let sheet = ImageSheet(columns: ["x", "ŷ"], strips: strips, across: 2).image
    #expect(sheet.width == 8 + 2 * 324 + 14 && sheet.height == 4 + 24 + 2 * 64)
    for left in [4, 168, 342, 506] { #expect(ink(sheet, left..<left + 160, 4..<20) > 20) }
    #expect(ink(sheet, 342..<sheet.width, 92..<sheet.height) == 0)
  }

  @Test("texts that are too long are cut; no strips, no columns and no images are no trouble")
  func edges() {
    let long = String(repeating: "a long name ", count: 20)
    let sheet = ImageSheet(columns: [long], strips: [.init(name: long, images: [image(200)])]).image
    #expect(sheet.width == 168)
    #expect(PixelFont.fitted("12345678901234", width: 160, scale: 2) == "123456789012…")
    #expect(PixelFont.fitted("1234", width: 3, scale: 2) == "…")
    let none = ImageSheet(columns: ["x"], strips: []).image
    #expect(none == RGBImage(width: 1, height: 1, filledWith: 255))
    #expect(ImageSheet(columns: [], strips: [.init(name: "", images: [])]).image.width == 4)
    let uneven = ImageSheet(
      columns: ["y"],
      strips: [
        .init(name: "a", images: [image(200)]), .init(name: "b", images: [image(9), image(8)]),
      ])
    #expect(uneven.image.width == 4 + 2 * 164)
  }
}
