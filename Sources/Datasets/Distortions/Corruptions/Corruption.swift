/// One of the fifteen corruptions of ImageNet-C (Hendrycks and Dietterich, Benchmarking Neural Network
/// Robustness to Common Corruptions and Perturbations, ICLR 2019), by the names of its folders.
public enum Corruption: String, CaseIterable, Sendable {
  case gaussianNoise = "gaussian_noise"
  case shotNoise = "shot_noise"
  case impulseNoise = "impulse_noise"
  case defocusBlur = "defocus_blur"
  case glassBlur = "glass_blur"
  case motionBlur = "motion_blur"
  case zoomBlur = "zoom_blur"
  case snow
  case frost
  case fog
  case brightness
  case contrast
  case elasticTransform = "elastic_transform"
  case pixelate
  case jpegCompression = "jpeg_compression"

  /// From the weakest to the strongest.
  public static let severities = 1...5

  /// What of an image it changes.
  enum Effect {
    /// Every pixel's colour, in the same way.
    case color
    /// Where things are.
    case geometry
    /// Neither alone.
    case other
  }

  var effect: Effect {
    switch self {
    case .brightness, .contrast: .color
    case .elasticTransform: .geometry
    default: .other
    }
  }
}
