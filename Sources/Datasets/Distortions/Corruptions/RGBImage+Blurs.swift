import CKernels
import Foundation
import Imaging
import Tensors

/// ImageNet-C's four kinds of blur.
extension RGBImage {
  /// Values 0…1.
  var unitValues: [Double] { pixels.map { Double($0) / 255 } }

  /// Out of focus: the mean over a disc. No random numbers.
  ///
  /// - Parameters:
  ///   - radius: of the disc, pixels.
  ///   - softness: the deviation of a Gaussian that the disc's edge is softened with, pixels.
  func defocused(radius: Int, softness: Double) -> RGBImage {
    // The reference's: a disc of up to 8 pixels lies in 17×17, beyond whose edge softening mirrors it.
    let reach = max(radius, 8)
    let softening = radius <= 8 ? 1 : 2
    let bell = (-softening...softening).map { exp(-Double($0 * $0) / (2 * softness * softness)) }
    func disc(_ y: Int, _ x: Int) -> Double {
      let (y, x) = (
        abs(y) > reach ? 2 * reach - abs(y) : y, abs(x) > reach ? 2 * reach - abs(x) : x
      )
      return x * x + y * y <= radius * radius ? 1 : 0
    }
    var kernel: [Double] = []
    for y in -reach...reach {
      for x in -reach...reach {
        var weight = 0.0
        for (row, down) in zip(-softening...softening, bell) {
          for (column, across) in zip(-softening...softening, bell) {
            weight += down * across * disc(y + row, x + column)
          }
        }
        kernel.append(weight)
      }
    }
    let bellSum = bell.reduce(0, +)
    var area = 0.0
    for y in -reach...reach { for x in -reach...reach { area += disc(y, x) } }
    let weights = kernel.map { Float($0 / (bellSum * bellSum * area)) }
    return convolved(weights, radius: reach)
  }

  /// Convolved with (2 radius + 1)² weights; beyond the edges the image is mirrored about its outermost
  /// pixels. What falls short of a whole number by a thousandth counts as it.
  private func convolved(_ weights: [Float], radius: Int) -> RGBImage {
    func mirrored(_ place: Int, _ side: Int) -> Int {
      guard side > 1 else { return 0 }
      let period = 2 * (side - 1)
      let place = ((place % period) + period) % period
      return place < side ? place : period - place
    }
    let (columns, rows) = (width + 2 * radius, height + 2 * radius)
    let sources = (0..<columns).map { mirrored($0 - radius, width) * 3 }
    var padded = [Float](repeating: 0, count: columns * rows * 3)
    for y in 0..<rows {
      let row = mirrored(y - radius, height) * width * 3
      for (x, source) in sources.enumerated() {
        for channel in 0..<3 {
          padded[(y * columns + x) * 3 + channel] = Float(pixels[row + source + channel])
        }
      }
    }
    let blurred = [Float](unsafeUninitializedCapacity: padded.count) { buffer, count in
      rg_print_blur(
        padded, Int32(columns), Int32(rows), weights, Int32(radius), buffer.baseAddress)
      count = padded.count
    }
    var image = self
    for y in 0..<height {
      let start = ((y + radius) * columns + radius) * 3
      for index in 0..<width * 3 {
        image.pixels[y * width * 3 + index] =
          UInt8(min(max(blurred[start + index] + 0x1p-10, 0), 255))
      }
    }
    return image
  }

  /// Behind frosted glass: blurred, pixels taken from nearby, blurred again. Numbers: for each round and
  /// pixel, from the last one on, one across and one down.
  ///
  /// A pixel takes its neighbour's colour, and does not give it its own, as in the reference, whose swap
  /// of NumPy's views is none.
  ///
  /// - Parameters:
  ///   - deviation: of the Gaussians, pixels.
  ///   - reach: how far pixels come from; −reach…reach − 1.
  ///   - rounds: how often all pixels take another's colour.
  func behindGlass(
    deviation: Double, reach: Int, rounds: Int, _ stream: inout RandomStream
  ) -> RGBImage {
    let blur = GaussianFilter(deviation: deviation)
    func blurred(_ image: RGBImage) -> [UInt8] {
      blur(image.unitValues, width: width, height: height, channels: 3).map(UInt8.init(cutting:))
    }
    var image = self
    image.pixels = blurred(self)
    let columns = stride(from: width - reach, to: reach, by: -1)
    image.pixels.withUnsafeMutableBufferPointer { pixels in
      for _ in 0..<rounds {
        for y in stride(from: height - reach, to: reach, by: -1) {
          for x in columns {
            let across = stream.small(below: 2 * reach) - reach
            let down = stream.small(below: 2 * reach) - reach
            let (to, from) = ((y * width + x) * 3, ((y + down) * width + x + across) * 3)
            for channel in 0..<3 { pixels[to + channel] = pixels[from + channel] }
          }
        }
      }
    }
    image.pixels = blurred(image)
    return image
  }

  /// Moved while it was taken. Numbers: the angle, −45° to 45°.
  func moved(_ trail: MotionTrail, _ stream: inout RandomStream) -> RGBImage {
    var image = self
    image.pixels = trail.blurred(
      pixels, width: width, height: height, channels: 3, angle: stream.uniform(in: -45...45))
    return image
  }

  /// Zoomed while it was taken: the mean of the image and of enlarged ones. No random numbers.
  ///
  /// - Parameters:
  ///   - end: factors are 1, 1 + step, … below it.
  ///   - step: from a factor to the next.
  func zoomBlurred(upTo end: Double, step: Double) -> RGBImage {
    // As NumPy's arange, whose last factor may be `end` where numbers round that way.
    let count = Int(((end - 1) / step).rounded(.up))
    let width = width, height = height
    let own = unitValues.map { Float($0) }
    let values = own.map { Double($0) }
    var sums = [Float](repeating: 0, count: own.count)
    for index in 0..<count {
      let factor = 1 + Double(index) * ((1 + step) - 1)
      let zoomed = ClippedZoom(width: width, height: height, factor: factor)(values, channels: 3)
      zoomed.withUnsafeBufferPointer { zoomed in
        sums.withUnsafeMutableBufferPointer { sums in
          for place in sums.indices { sums[place] += Float(zoomed[place]) }
        }
      }
    }
    var image = self
    image.pixels = zip(own, sums).map { own, sum in
      UInt8(min(max((own + sum) / Float(count + 1), 0), 1) * 255)
    }
    return image
  }
}
