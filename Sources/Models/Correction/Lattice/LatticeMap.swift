import Tensors

/// An affine map between pixels of 256×256 images, coordinates from the upper left corner, pixel
/// centres at halves: (x, y) ↦ (a x + b y + c, d x + e y + f).
struct LatticeMap: Equatable {
  /// a, b, c, d, e, f.
  var values: [Double]

  /// Height and width of the images.
  static let side = Double(ImageSide.distorted)

  /// Every pixel where it is.
  static let identity = LatticeMap(values: [1, 0, 0, 0, 1, 0])

  init(values: [Double]) { self.values = values }

  /// Half as far from the identity, but for the constants.
  var halfway: LatticeMap {
    LatticeMap(
      values: zip(values, Self.identity.values).map { ($0 + $1) / 2 })
  }

  /// From x to y, the inverse of θ, which goes from y to x in coordinates −1…1; `nil` when θ is
  /// not invertible, or not affine.
  init?(theta: [Double]) {
    guard theta.dropFirst(6).allSatisfy({ $0 == 0 }) else { return nil }
    guard let inverse = Self.inverse(theta) else { return nil }
    let half = Self.side / 2
    values = inverse
    // p = half + half · n on both sides.
    for row in [0, 3] {
      values[row + 2] =
        half * inverse[row + 2] + half * (1 - inverse[row] - inverse[row + 1])
    }
  }

  /// θ, from y to x in coordinates −1…1; `nil` when the map is not invertible.
  var theta: [Double]? {
    let half = Self.side / 2
    var normalized = values
    for row in [0, 3] {
      normalized[row + 2] = values[row + 2] / half - (1 - values[row] - values[row + 1])
    }
    return Self.inverse(normalized)
  }

  /// How far the corners of the middle 224×224 move from where they are, pixels, the mean.
  var cornerShift: Double {
    let near = 16.0
    var sum = 0.0
    for x in [near, Self.side - near] {
      for y in [near, Self.side - near] {
        let u = values[0] * x + values[1] * y + values[2] - x
        let v = values[3] * x + values[4] * y + values[5] - y
        sum += (u * u + v * v).squareRoot()
      }
    }
    return sum / 4
  }

  private static func inverse(_ map: [Double]) -> [Double]? {
    let determinant = map[0] * map[4] - map[1] * map[3]
    guard determinant.isFinite, abs(determinant) > 1e-6 else { return nil }
    let a = map[4] / determinant
    let b = -map[1] / determinant
    let d = -map[3] / determinant
    let e = map[0] / determinant
    return [a, b, -(a * map[2] + b * map[5]), d, e, -(d * map[2] + e * map[5])]
  }
}
