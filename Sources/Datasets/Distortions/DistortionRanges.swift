import Imaging
import Tensors

/// The ranges from which distortions are drawn, uniformly, as torchvision's `RandomAffine` and
/// `ColorJitter` do. None of them reaches what `DistortionParameters.check` refuses.
public struct DistortionRanges: Equatable, Sendable {
  /// Degrees.
  public let rotation: ClosedRange<Double>
  /// The largest translation as a fraction of the side, 0…1.
  public let translation: Double
  /// Factors above 0.
  public let scale: ClosedRange<Double>
  /// Degrees, along x.
  public let shear: ClosedRange<Double>
  /// Factors from 0.
  public let brightness: ClosedRange<Double>
  /// Factors from 0.
  public let contrast: ClosedRange<Double>
  /// Factors from 0.
  public let saturation: ClosedRange<Double>
  /// Fractions of the full circle, within -0.5…0.5.
  public let hue: ClosedRange<Double>
  /// How the affine transform samples.
  public let interpolation: Interpolation
  /// The remaining resolution as a fraction of the side: factors above 0, at most 1.
  public let resolution: ClosedRange<Double>
  /// The standard deviation of a Gaussian blur, pixels from 0.
  public let blur: ClosedRange<Double>

  /// The ranges of Lomnitz et al. 2020, section 4, with torchvision's default sampling.
  public static let paper = DistortionRanges(
    rotation: -5...5, translation: 0.05, scale: 0.8...1.1, shear: -5...5,
    brightness: 0.75...1.25, contrast: 0.75...1.25, saturation: 0.75...1.25, hue: -0.1...0.1,
    interpolation: .nearest, resolution: 1...1, blur: 0...0)

  /// The distortion at an address. It depends on seed, item and draw only: replaying one needs
  /// nothing that happened before it.
  ///
  /// Numbers are taken from `RandomStream` with purpose `distortion` in this order, which must never
  /// change: rotation, translation along x and y (uniform in ±translation · 256 pixels, then
  /// rounded to whole ones, half to even, as torchvision), scale, shear, the permutation of
  /// brightness, contrast, saturation and hue, then those four. Resolution and blur come from a
  /// stream of their own, with purpose `distortion sharpness`, so that ranges with and without them
  /// give the same geometry and colours.
  ///
  /// - Parameters:
  ///   - item: the image's name within its set.
  ///   - draw: which repetition, from 0.
  public func draw(seed: UInt64, item: String, draw: Int) -> DistortionParameters {
    var stream = RandomStream(seed: seed, purpose: "distortion", item: item, draw: draw)
    let reach = translation * Double(ImageSide.distorted)
    let rotation = stream.uniform(in: rotation)
    let translateX = Int(stream.uniform(in: -reach...reach).rounded(.toNearestOrEven))
    let translateY = Int(stream.uniform(in: -reach...reach).rounded(.toNearestOrEven))
    let scale = stream.uniform(in: scale)
    let shear = stream.uniform(in: shear)
    let steps = DistortionParameters.ColorStep.allCases
    let order = stream.permutation(steps.count).map { steps[$0] }
    var sharpness = RandomStream(
      seed: seed, purpose: "distortion sharpness", item: item, draw: draw)
    return DistortionParameters(
      rotation: rotation, translateX: translateX, translateY: translateY,
      scale: scale, shear: shear, brightness: stream.uniform(in: brightness),
      contrast: stream.uniform(in: contrast), saturation: stream.uniform(in: saturation),
      hue: stream.uniform(in: hue), order: order, interpolation: interpolation,
      resolution: sharpness.uniform(in: resolution), blur: sharpness.uniform(in: blur))
  }
}
