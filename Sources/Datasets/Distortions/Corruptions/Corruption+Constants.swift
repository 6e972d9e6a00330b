import Imaging
import Tensors

extension Corruption {
  /// The corrupted image, of the same size.
  ///
  /// Constants are those of the reference for ImageNet (`imagenet_c`), for any size of image: it applied
  /// them to 224 pixels.
  ///
  /// - Parameters:
  ///   - severity: one of `severities`.
  ///   - stream: all random numbers, in the order that each corruption's function says.
  /// - Throws: `UserError` for an image larger than JPEG allows.
  func applied(
    to image: RGBImage, severity: Int, numbers stream: inout RandomStream
  ) throws -> RGBImage {
    func at<Constant>(_ constants: [Constant]) -> Constant { constants[severity - 1] }
    switch self {
    case .gaussianNoise:
      return image.withGaussianNoise(deviation: at([0.08, 0.12, 0.18, 0.26, 0.38]), &stream)
    case .shotNoise: return image.withShotNoise(photons: at([60, 25, 12, 5, 3]), &stream)
    case .impulseNoise:
      return image.withImpulseNoise(amount: at([0.03, 0.06, 0.09, 0.17, 0.27]), &stream)
    case .defocusBlur:
      let (radius, softness) = at([(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)])
      return image.defocused(radius: radius, softness: softness)
    case .glassBlur:
      let (deviation, reach, rounds) =
        at([(0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)])
      return image.behindGlass(deviation: deviation, reach: reach, rounds: rounds, &stream)
    case .motionBlur:
      let (radius, deviation) = at([(10, 3.0), (15, 5), (15, 8), (15, 12), (20, 15)])
      return image.moved(MotionTrail(radius: radius, deviation: deviation), &stream)
    case .zoomBlur:
      let (end, step) = at([(1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)])
      return image.zoomBlurred(upTo: end, step: step)
    case .snow: return image.withSnow(at(Snow.severities), &stream)
    case .frost:
      let (own, ice) = at([(1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)])
      return image.frosted(own: own, ice: ice, &stream)
    case .fog:
      let (thickness, decay) = at([(1.5, 2.0), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)])
      return image.inFog(thickness: thickness, decay: decay, &stream)
    case .brightness: return image.brightened(by: at([0.1, 0.2, 0.3, 0.4, 0.5]))
    case .contrast: return image.withContrast(at([0.4, 0.3, 0.2, 0.1, 0.05]))
    case .elasticTransform:
      return image.deformed(ElasticDeformation.of(severity: severity), &stream)
    case .pixelate: return image.pixelated(to: at([0.6, 0.5, 0.4, 0.3, 0.25]))
    case .jpegCompression:
      let file = try JPEG.encode(image, quality: at([25, 18, 15, 10, 7]))
      return try JPEG.decode(file, name: "the compressed image").image
    }
  }
}

extension UInt8 {
  /// A value of 0…1 as the reference stores it: cut off there, times 255, without rounding.
  init(cutting value: Double) { self = UInt8(Swift.min(Swift.max(value, 0), 1) * 255) }
}
