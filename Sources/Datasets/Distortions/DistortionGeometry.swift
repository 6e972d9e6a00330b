import Foundation
import Tensors

extension DistortionParameters {
  /// Where the distortion takes points, as `[a, b, tx; c, d, ty]` row by row, in coordinates from −1
  /// to 1 across the image of 256 pixels: the θ with which an ideal spatial transformer undoes it
  /// (ŷ(u) = x(θ u), `align_corners=False`).
  ///
  /// From torchvision's `_get_inverse_affine_matrix`: scale · rotation and shear about the centre,
  /// then translation.
  public func theta() -> [Double] {
    let angle = rotation * .pi / 180
    let slope = Foundation.tan(shear * .pi / 180)
    let (cosine, sine) = (Foundation.cos(angle), Foundation.sin(angle))
    let half = Double(ImageSide.distorted) / 2
    return [
      scale * cosine, scale * (-cosine * slope - sine), Double(translateX) / half,
      scale * sine, scale * (-sine * slope + cosine), Double(translateY) / half,
    ]
  }
}
