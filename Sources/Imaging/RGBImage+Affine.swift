import CKernels
import Foundation
import Support

/// How `RGBImage.affine` reads between pixels.
public enum Interpolation: String, CaseIterable, Sendable {
  /// The nearest pixel, torchvision's default.
  case nearest
  /// The four pixels around, in double precision.
  case bilinear
}

extension RGBImage {
  /// torchvision's `affine` on a PIL image, byte for byte: rotation, scale and shear about the
  /// centre, then translation; the size stays, what comes from outside is black.
  ///
  /// - Parameters:
  ///   - rotation: degrees, clockwise.
  ///   - translateX: whole pixels to the right.
  ///   - translateY: whole pixels down.
  ///   - scale: above 0; 2 shows everything twice as large.
  ///   - shearX: degrees, along x.
  ///   - shearY: degrees, along y.
  /// - Throws: `UserError` when the scale is not above 0 or a number is not finite.
  public func affine(
    rotation: Double, translateX: Int, translateY: Int, scale: Double, shearX: Double,
    shearY: Double = 0, interpolation: Interpolation = .nearest
  ) throws -> RGBImage {
    guard scale > 0 else {
      throw UserError("affine: the scale is \(scale)", remedy: "give a number above 0")
    }
    let matrix = inverseMatrix(
      rotation: rotation, translateX: Double(translateX), translateY: Double(translateY),
      scale: scale, shearX: shearX, shearY: shearY)
    guard matrix.allSatisfy(\.isFinite) else {
      throw UserError(
        "affine: rotation \(rotation), scale \(scale), shear \(shearX), \(shearY) make no finite"
          + " transform", remedy: "give finite numbers, and shears other than 90 degrees")
    }
    return withPixels { source in
      RGBImage(width: width, height: height) { target in
        target.update(repeating: 0, count: pixelCount * 3)
        switch interpolation {
        case .nearest:
          rg_image_affine_nearest(source, Int32(width), Int32(height), target, matrix)
        case .bilinear:
          rg_image_affine_bilinear(source, Int32(width), Int32(height), target, matrix)
        }
      }
    }
  }

  /// torchvision's `_get_inverse_affine_matrix` about the centre: the source position
  /// (m0 x + m1 y + m2, m3 x + m4 y + m5) of target position (x, y), in its order of operations.
  private func inverseMatrix(
    rotation: Double, translateX: Double, translateY: Double, scale: Double, shearX: Double,
    shearY: Double
  ) -> [Double] {
    let radian = Double.pi / 180
    let angle = rotation * radian
    let sx = shearX * radian
    let sy = shearY * radian
    let centerX = Double(width) * 0.5
    let centerY = Double(height) * 0.5
    let a = cos(angle - sy) / cos(sy)
    let b = -cos(angle - sy) * tan(sx) / cos(sy) - sin(angle)
    let c = sin(angle - sy) / cos(sy)
    let d = -sin(angle - sy) * tan(sx) / cos(sy) + cos(angle)
    var matrix = [d, -b, 0, -c, a, 0].map { $0 / scale }
    matrix[2] += matrix[0] * (-centerX - translateX) + matrix[1] * (-centerY - translateY)
    matrix[5] += matrix[3] * (-centerX - translateX) + matrix[4] * (-centerY - translateY)
    matrix[2] += centerX
    matrix[5] += centerY
    return matrix
  }
}
