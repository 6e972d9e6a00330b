import Datasets
import Imaging
import Testing

@Suite("Geometry of a distortion")
struct DistortionGeometryTests {
  @Test("θ points from each canonical pixel to where the distortion put it")
  func theta() throws {
    for draw in 0..<20 {
      var distortion = DistortionRanges.paper.draw(seed: 3, item: "point", draw: draw)
      distortion = try DistortionParameters(
        rotation: distortion.rotation, translateX: distortion.translateX,
        translateY: distortion.translateY, scale: distortion.scale, shear: distortion.shear,
        brightness: 1, contrast: 1, saturation: 1, hue: 0, order: distortion.order,
        interpolation: .bilinear)
      // A white square of 7×7 around a place off the centre; its centre of mass is looked up.
      var image = RGBImage(width: 256, height: 256)
      let (x, y) = (60 + 7 * draw, 190 - 6 * draw)
      for row in y - 3...y + 3 {
        for column in x - 3...x + 3 { image.pixels[(row * 256 + column) * 3] = 255 }
      }
      let moved = try image.affine(
        rotation: distortion.rotation, translateX: distortion.translateX,
        translateY: distortion.translateY, scale: distortion.scale, shearX: distortion.shear,
        interpolation: .bilinear)
      var (mass, sumX, sumY) = (0.0, 0.0, 0.0)
      for row in 0..<256 {
        for column in 0..<256 {
          let value = Double(moved.pixels[(row * 256 + column) * 3])
          mass += value
          sumX += value * (Double(column) + 0.5)
          sumY += value * (Double(row) + 0.5)
        }
      }
      let theta = distortion.theta()
      let (u, v) = ((Double(x) + 0.5 - 128) / 128, (Double(y) + 0.5 - 128) / 128)
      let foundX = (theta[0] * u + theta[1] * v + theta[2]) * 128 + 128
      let foundY = (theta[3] * u + theta[4] * v + theta[5]) * 128 + 128
      #expect(abs(foundX - sumX / mass) < 0.1)
      #expect(abs(foundY - sumY / mass) < 0.1)
    }
  }
}
