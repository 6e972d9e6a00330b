import Imaging
import Tensors

/// From a decoded photo to the pixels that everything starts from: shorter side to 256 (bilinear),
/// then the middle of it, as torchvision's `Resize(256)` and `CenterCrop`.
public enum CanonicalTransform {
  /// The middle 256×256: what is distorted.
  public static func center256(_ photo: RGBImage) -> RGBImage {
    photo.resized(shorterSide: ImageSide.distorted, centerCroppedTo: ImageSide.distorted)
  }

  /// The middle 256×256 of which the middle 224×224 are known alone: around those they are mirrored, which
  /// only a corrector sees.
  static func center256(center224 image: RGBImage) -> RGBImage {
    let side = ImageSide.distorted
    func places(_ length: Int) -> [Int] {
      (0..<side).map { place in
        let place = place - (side - length) / 2
        return place < 0 ? -1 - place : place < length ? place : 2 * length - 1 - place
      }
    }
    let columns = places(image.width)
    var whole = RGBImage(width: side, height: side)
    for (y, row) in places(image.height).enumerated() {
      for (x, column) in columns.enumerated() {
        let (to, from) = ((y * side + x) * 3, (row * image.width + column) * 3)
        for channel in 0..<3 { whole.pixels[to + channel] = image.pixels[from + channel] }
      }
    }
    return whole
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
