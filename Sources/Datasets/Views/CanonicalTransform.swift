import Imaging
import Tensors

/// From a decoded photo to the pixels that everything starts from: shorter side to 256 (bilinear),
/// then the middle of it, as torchvision's `Resize(256)` and `CenterCrop`.
public enum CanonicalTransform {
  /// The middle 256×256: what is distorted.
  public static func center256(_ photo: RGBImage) -> RGBImage {
    photo.resized(shorterSide: ImageSide.distorted, centerCroppedTo: ImageSide.distorted)
  }

  /// The middle 224×224: what classifiers see.
  ///
  /// Taken from the middle 256×256, which gives the same pixels as taking it from the resized photo
  /// directly: for a side of n ≥ 256 pixels the offsets are round((n − 224) / 2) and
  /// round((n − 256) / 2) + 16, equal because rounding half to even commutes with adding 16.
  public static func center224(center256 image: RGBImage) -> RGBImage {
    image.centerCropped(width: ImageSide.canonical, height: ImageSide.canonical)
  }

  /// The middle 224×224 of a decoded photo.
  public static func center224(_ photo: RGBImage) -> RGBImage {
    center224(center256: center256(photo))
  }
}
