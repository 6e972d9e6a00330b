import Imaging
import Testing

@Suite("Photos through a homography")
struct WarpTests {
  /// Waves that are long beside a pixel, different in each channel.
  private func waves(_ width: Int, _ height: Int, period: Double) -> RGBImage {
    var image = RGBImage(width: width, height: height)
    for index in image.pixels.indices {
      let (x, y, c) = (index / 3 % width, index / 3 / width, index % 3)
      let phase = (Double(x) + 0.7 * Double(y)) / period + Double(c)
      image.pixels[index] = UInt8(128 + 100 * (phase - phase.rounded(.down) - 0.5).magnitude)
    }
    return image
  }

  private func scaling(_ factor: Double) -> Homography {
    Homography(elements: [factor, 0, 0, 0, factor, 0, 0, 0, 1])
  }

  private func largest(_ found: [Float], _ image: RGBImage) -> Float {
    zip(found, image.pixels).reduce(0) { max($0, abs($1.0 - Float($1.1))) }
  }

  @Test(
    "the identity and whole shifts give the pixels themselves", arguments: ResamplingFilter.allCases
  )
  func wholePixels(filter: ResamplingFilter) {
    let image = waves(31, 17, period: 9)
    let same = image.warped(
      by: scaling(1), width: 31, height: 17, filter: filter, outside: (0, 0, 0))
    #expect(largest(same, image) < 1e-3)
    let shift = Homography(elements: [1, 0, 5, 0, 1, -3, 0, 0, 1])
    let moved = image.warped(by: shift, width: 31, height: 17, filter: filter, outside: (1, 2, 3))
    let (row, column) = (10, 4)
    let found = moved[(row * 31 + column) * 3 + 1]
    let expected = Float(image.pixels[((row - 3) * 31 + column + 5) * 3 + 1])
    #expect(abs(found - expected) < 1e-3)
    // To the right of the image.
    let last = (16 * 31 + 30) * 3
    let outside: [Float] = [1, 2, 3]
    for c in 0..<3 { #expect(abs(moved[last + c] - outside[c]) < 1e-4) }
  }

  @Test("reduced with the triangle it is Pillow's reduction, inside", arguments: [2.0, 3.0, 4.0])
  func reduction(factor: Double) {
    let image = waves(96, 72, period: 11)
    let (width, height) = (Int(96 / factor), Int(72 / factor))
    let expected = image.resized(width: width, height: height)
    let found = image.warped(
      by: scaling(factor), width: width, height: height, filter: .triangle, outside: (0, 0, 0))
    for y in 1..<height - 1 {
      for x in 1..<width - 1 {
        for c in 0..<3 {
          let place = (y * width + x) * 3 + c
          #expect(abs(found[place] - Float(expected.pixels[place])) < 1.5)
        }
      }
    }
  }

  @Test(
    "stripes finer than the result's pixels become grey: nothing aliases",
    arguments: ResamplingFilter.allCases)
  func aliasing(filter: ResamplingFilter) {
    var image = RGBImage(width: 120, height: 120)
    for index in image.pixels.indices { image.pixels[index] = index / 3 % 2 == 0 ? 0 : 200 }
    let found = image.warped(
      by: Homography(elements: [3.1, 0.4, 15, -0.4, 3.1, 24, 0, 0, 1]), width: 24, height: 24,
      filter: filter, outside: (100, 100, 100))
    #expect(found.allSatisfy { abs($0 - 100) < 12 })
  }

  @Test("enlarged, between the pixels lie values between them")
  func enlargement() {
    var image = RGBImage(width: 4, height: 1)
    for (index, value) in [0, 0, 0, 40, 40, 40, 80, 80, 80, 120, 120, 120].enumerated() {
      image.pixels[index] = UInt8(value)
    }
    let found = image.warped(
      by: Homography(elements: [0.5, 0, 0, 0, 1, 0, 0, 0, 1]), width: 8, height: 1,
      filter: .triangle, outside: (0, 0, 0))
    // Places 0.75, 1.25, 1.75 and 2.25 pixels from the left edge.
    for (place, value) in [(1, Float(10)), (2, 30), (3, 50), (4, 70)] {
      #expect(abs(found[3 * place] - value) < 0.5)
    }
  }

  @Test("behind the camera and at not-a-number there is the outside")
  func nowhere() {
    let image = waves(8, 8, period: 5)
    for map in [
      Homography(elements: [1, 0, 0, 0, 1, 0, 0, 0, -1]),
      Homography(elements: [.nan, 0, 0, 0, 1, 0, 0, 0, 1]),
      Homography(elements: [1, 0, 1e9, 0, 1, 0, 0, 0, 1]),
    ] {
      let found = image.warped(by: map, width: 3, height: 2, filter: .cubic, outside: (7, 8, 9))
      #expect(found == [7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9])
    }
  }

  @Test(
    "a view knows where it lies in its photo",
    arguments: [(400, 300), (301, 777), (1600, 1100), (2300, 1201)])
  func view(width: Int, height: Int) throws {
    let photo = waves(width, height, period: 90)
    let view = PhotoView(middleOf: photo, side: 256)
    #expect(view.pixels == photo.resized(shorterSide: 256, centerCroppedTo: 256))
    let source = try #require(view.source)
    #expect(
      min(source.image.width, source.image.height) == min(width, height, PhotoView.sourceLimit))
    let found = source.image.warped(
      by: source.map, width: 256, height: 256, filter: .triangle, outside: (0, 0, 0))
    // Bytes are rounded in between; a shift of a pixel would change more.
    var error: Float = 0
    for y in 2..<254 {
      for x in 2 * 3..<254 * 3 {
        error += abs(found[y * 768 + x] - Float(view.pixels.pixels[y * 768 + x]))
      }
    }
    #expect(error / (252 * 756) < 0.5)
  }

  @Test("a photo that is no larger than its view is no source")
  func small() {
    #expect(PhotoView(middleOf: waves(256, 400, period: 9), side: 256).source == nil)
    #expect(PhotoView(middleOf: waves(100, 80, period: 9), side: 256).source == nil)
  }
}
