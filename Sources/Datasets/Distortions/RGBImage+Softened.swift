import Imaging

extension RGBImage {
  /// The image as a poorer camera would see it: reduced to a part of its resolution and enlarged
  /// again, then blurred.
  ///
  /// - Parameters:
  ///   - resolution: a part of the side; 1 changes nothing.
  ///   - blur: the deviation of a Gaussian, pixels; 0 changes nothing.
  func softened(resolution: Double, blur: Double) -> RGBImage {
    var image = self
    if resolution < 1 {
      let part = { (side: Int) in Int((Double(side) * resolution).rounded()) }
      image = image.resized(width: part(width), height: part(height))
        .resized(width: width, height: height)
    }
    guard blur > 0 else { return image }
    let spread = PointSpread(
      deviation: blur, defocus: 0, motion: 0, motionAngle: 0, sharpening: 0,
      sharpeningDeviation: 0)
    let blurred = spread.blurred(image.pixels.map { Float($0) }, width: width, height: height)
    image.pixels = blurred.map { UInt8(min(max($0, 0), 255) + 0.5) }
    return image
  }
}
