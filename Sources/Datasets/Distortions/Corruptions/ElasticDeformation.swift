import CKernels
import Foundation
import Imaging
import Tensors

/// A sheet of rubber: a random affine map, then random displacements, smoothed.
struct ElasticDeformation {
  /// How far displacements reach, pixels, before they are smoothed.
  let strength: Double
  /// Of the Gaussian that smooths them, pixels.
  let smoothness: Double
  /// How far the affine map moves three points, pixels.
  let reach: Double

  /// The reference's, which are of a side of 244 pixels.
  static func of(severity: Int) -> ElasticDeformation {
    let (strength, smoothness, reach) = [
      (2, 0.7, 0.1), (2, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02), (0.12, 0.01, 0.02),
    ][severity - 1]
    return ElasticDeformation(
      strength: 244 * strength, smoothness: 244 * smoothness, reach: 244 * reach)
  }

  /// From places of the image to where they are moved, in pixels whose middles are whole numbers:
  /// `[a, b, x; c, d, y]` row by row. Numbers: how far each of the three points moves, across and down.
  func affineMap(width: Int, height: Int, _ stream: inout RandomStream) -> [Double] {
    // The reference's centre is of (rows, columns), taken as (x, y); of a square that is the same.
    let (middleX, middleY) = (Double(width / 2), Double(height / 2))
    let arm = Double(max(min(width, height) / 3, 1))
    let points = [(arm, arm), (arm, -arm), (-arm, -arm)]
    let moved = points.map { x, y in
      let across = Double(Float(stream.uniform(in: -reach...reach)))
      let down = Double(Float(stream.uniform(in: -reach...reach)))
      return (Double(Float(x + middleX + across)), Double(Float(y + middleY + down)))
    }
    // Along y from the second point to the first, along x from the third to the second.
    let (a, c) = ((moved[1].0 - moved[2].0) / (2 * arm), (moved[1].1 - moved[2].1) / (2 * arm))
    let (b, d) = ((moved[0].0 - moved[1].0) / (2 * arm), (moved[0].1 - moved[1].1) / (2 * arm))
    let (x, y) = (middleX + arm, middleY + arm)
    return [a, b, moved[0].0 - a * x - b * y, c, d, moved[0].1 - c * x - d * y]
  }
}

extension RGBImage {
  /// Deformed. Numbers: those of the affine map, then displacements across of each pixel, then those down,
  /// each −1 to 1.
  func deformed(_ deformation: ElasticDeformation, _ stream: inout RandomStream) -> RGBImage {
    let m = deformation.affineMap(width: width, height: height, &stream)
    let count = width * height
    let smooth = GaussianFilter(deviation: deformation.smoothness, cutOff: 3, reflects: true)
    func displacements() -> [Float] {
      let noise = (0..<count).map { _ in stream.uniform(in: -1...1) }
      return smooth(noise, width: width, height: height, channels: 1)
        .map { Float($0 * deformation.strength) }
    }
    let (across, down) = (displacements(), displacements())
    // Where a place of the moved image was before.
    let determinant = m[0] * m[4] - m[1] * m[3]
    let before = places { x, y, _ in
      let (x, y) = (x - m[2], y - m[5])
      return ((m[4] * x - m[1] * y) / determinant, (m[0] * y - m[3] * x) / determinant)
    }
    let moved = sampled(pixels.map { Float(Double($0) / 255) }, at: before, aboutMiddle: true)
    let after = places { x, y, index in (x + Double(across[index]), y + Double(down[index])) }
    var image = self
    image.pixels = sampled(moved, at: after, aboutMiddle: false)
      .map { UInt8(min(max($0, 0), 1) * 255) }
    return image
  }

  /// A place, x and y, for each pixel; far away ones, which maps of tiny images can have, come nearer.
  private func places(
    _ body: (_ x: Double, _ y: Double, _ index: Int) -> (x: Double, y: Double)
  ) -> [Double] {
    func near(_ place: Double) -> Double { place > -1e6 ? place < 1e6 ? place : 1e6 : -1e6 }
    return [Double](unsafeUninitializedCapacity: width * height * 2) { buffer, count in
      for index in 0..<width * height {
        let place = body(Double(index % width), Double(index / width), index)
        buffer[2 * index] = near(place.x)
        buffer[2 * index + 1] = near(place.y)
      }
      count = width * height * 2
    }
  }

  private func sampled(_ values: [Float], at places: [Double], aboutMiddle: Bool) -> [Float] {
    [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
      rg_image_sample(
        values, Int32(width), Int32(height), places, aboutMiddle ? 1 : 0, buffer.baseAddress)
      count = values.count
    }
  }
}
