import Imaging
import Testing

@Suite("RGBImage")
struct RGBImageTests {
  private let image = Fixture.synthetic(width: 20, height: 10, seed: 0)

  @Test("operations that change nothing keep the pixels")
  func identities() throws {
    #expect(image.resized(width: 20, height: 10) == image)
    #expect(image.resized(shorterSide: 10) == image)
    #expect(image.centerCropped(width: 20, height: 10) == image)
    #expect(image.adjustedBrightness(1) == image)
    #expect(image.adjustedContrast(1) == image)
    #expect(image.adjustedSaturation(1) == image)
    #expect(image.oriented(1) == image)
    #expect(image.oriented(0) == image)
    #expect(
      try image.affine(rotation: 0, translateX: 0, translateY: 0, scale: 1, shearX: 0) == image)
  }

  @Test("a fused resize and crop that does not fit pads like the two steps")
  func fusedPadding() {
    for side in [9, 10, 11, 25] {
      #expect(
        image.resized(shorterSide: 10, centerCroppedTo: side)
          == image.resized(shorterSide: 10).centerCropped(width: side, height: side))
    }
  }

  @Test("translation moves whole pixels and leaves black")
  func translation() throws {
    for interpolation in Interpolation.allCases {
      let moved = try image.affine(
        rotation: 0, translateX: 3, translateY: -2, scale: 1, shearX: 0,
        interpolation: interpolation)
      #expect(moved == image.crop(left: -3, top: 2, width: 20, height: 10))
    }
  }

  @Test("impossible parameters are refused in one line")
  func impossible() {
    func affine(_ rotation: Double, _ scale: Double, _ shear: Double) -> String {
      failure {
        _ = try image.affine(
          rotation: rotation, translateX: 0, translateY: 0, scale: scale, shearX: shear)
      }
    }
    #expect(affine(0, 0, 0) == "affine: the scale is 0.0; give a number above 0")
    #expect(affine(0, .nan, 0).hasPrefix("affine: the scale is nan"))
    #expect(affine(.infinity, 1, 0).contains("no finite transform"))
    #expect(affine(0, 1, .nan).contains("no finite transform"))
    #expect(failure { _ = try image.adjustedHue(0.6) }.contains("give -0.5 to 0.5"))
    #expect(failure { _ = try image.adjustedHue(.nan) }.contains("give -0.5 to 0.5"))
  }

  @Test("factors that are no numbers give black, not a crash")
  func notANumber() {
    let black = RGBImage(width: 20, height: 10)
    #expect(image.adjustedBrightness(.nan) == black)
    #expect(image.adjustedSaturation(.nan) == black)
    #expect(image.adjustedContrast(.nan) == black)
  }

  @Test("a changed copy leaves the original alone")
  func valueSemantics() {
    let before = image.pixels
    var copy = image
    copy.adjustBrightness(0)
    #expect(copy.pixels.allSatisfy { $0 == 0 })
    #expect(image.pixels == before)
  }

  @Test("sides below one pixel count as one")
  func smallSides() {
    #expect(image.resized(width: 0, height: -3).pixels.count == 3)
    #expect(image.crop(left: 0, top: 0, width: 0, height: 0).pixels.count == 3)
    #expect(image.resized(shorterSide: 0).height == 1)
  }
}
