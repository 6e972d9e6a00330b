import Imaging
import Tensors

/// θ, what a spatial transformer predicts: 6 numbers an image, the rows of a 2×3 matrix, an affine map;
/// or 8, those of a 3×3 matrix whose last is 1, a homography. Both go from output to input in coordinates
/// −1…1 (`torch.nn.functional.affine_grid`, `align_corners=False`).
package enum Theta {
  /// θ of 6 or 8 numbers that leaves an image as it is.
  static func identity(numbers: Int) -> [Float] {
    (0..<numbers).map { $0 == 0 || $0 == 4 ? 1 : 0 }
  }

  /// |a − b|, number by number; g and h of an affine map, where the other is a homography, are 0.
  package static func differences<Number: FloatingPoint>(
    _ a: [Number], _ b: [Number]
  ) -> [Number] {
    (0..<max(a.count, b.count)).map { index in
      abs((index < a.count ? a[index] : 0) - (index < b.count ? b[index] : 0))
    }
  }

  /// Where θ puts the four corners of the 224×224 crop, as linear maps of its numbers.
  package struct Corners {
    /// Takes θ to x and y of each corner, `[8][6]` or `[8][8]`, in pixels of 256 from the middle, times
    /// its w.
    package let places: [[Float]]
    /// Takes θ to w − 1 of each, `[8][8]`; of an affine map, whose w is 1, none.
    package let depths: [[Float]]
    /// Takes θ − identity to how far each is moved, times its w.
    let shifts: [[Float]]

    /// - Parameter numbers: of θ, 6 or 8.
    package init(numbers: Int) {
      let half = Float(ImageSide.distorted) / 2
      let corner = Float(ImageSide.canonical) / Float(ImageSide.distorted)
      let points = (0..<8).map { index in
        [index & 2 == 0 ? -corner : corner, index & 4 == 0 ? -corner : corner, 1]
      }
      let places = (0..<8).map { index in
        (0..<numbers).map { $0 / 3 == index & 1 ? half * points[index][$0 % 3] : 0 }
      }
      self.places = places
      guard numbers == 8 else {
        (depths, shifts) = ([], places)
        return
      }
      let depths = points.map { [0, 0, 0, 0, 0, 0, $0[0], $0[1]] }
      self.depths = depths
      // Place / w − p = (place − p w) / w.
      shifts = (0..<8).map { index in
        let own = half * points[index][index & 1]
        return zip(places[index], depths[index]).map { $0 - own * $1 }
      }
    }
  }
}

extension Tensor {
  /// The numbers of one image's θ, of a tensor of all images'.
  package func theta(_ image: Int) -> [Float] {
    let numbers = count / shape[0]
    return (0..<numbers).map { self[image * numbers + $0] }
  }

  /// The map that one image's θ is.
  package func homography(_ image: Int) -> Homography {
    let numbers = theta(image).map(Double.init)
    return Homography(elements: numbers + [0, 0, 1].suffix(9 - numbers.count))
  }
}
