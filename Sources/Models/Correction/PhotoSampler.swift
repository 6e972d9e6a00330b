import Imaging
import NeuralNetworks
import Tensors

/// Applies θ to photos of which x is a view, once, at their own resolution.
package struct PhotoSampler {
  private let filter: ResamplingFilter
  private let pool: ThreadPool

  /// - Parameter pool: shares the images.
  init(filter: ResamplingFilter, pool: ThreadPool) {
    self.filter = filter
    self.pool = pool
  }

  /// Images `[N, 256, 256, 3]`, normalised, in which those of photos are read from these. Where θ is the
  /// identity x stays as it is; around a photo lies 0, as around x. A θ that is not finite
  /// gives NaN.
  ///
  /// - Parameters:
  ///   - photos: by image; there may be fewer.
  ///   - theta: `[N, 1, 1, 6]` or `[N, 1, 1, 8]`.
  ///   - images: x through θ.
  func callAsFunction(
    _ photos: [PhotoView.Source?], theta: Tensor, instead images: Tensor
  ) -> Tensor {
    let identity = Theta.identity(numbers: theta.shape[3])
    let known = photos.indices.filter { photos[$0] != nil && theta.theta($0) != identity }
    guard !known.isEmpty else { return images }
    let (height, width) = (images.shape[1], images.shape[2])
    let count = height * width * 3
    return Tensor(images.shape) { memory in
      guard let out = memory.baseAddress else { return }
      out.update(from: images.storage.pointer, count: memory.count)
      pool.run(known.count) { task, _ in
        let image = known[task]
        guard let photo = photos[image] else { return }
        // Nobody knows what the image shows; a colour would hide that.
        guard theta.theta(image).allSatisfy(\.isFinite) else {
          (out + image * count).update(repeating: .nan, count: count)
          return
        }
        Self.read(
          photo, through: theta.homography(image), width: width, height: height, filter,
          into: out + image * count)
      }
    }
  }

  /// x, `[256, 256, 3]`, of a photo through a map whose coordinates reach from −1 to 1 in x, normalised.
  package static func read(
    _ photo: PhotoView.Source, through map: Homography, width: Int, height: Int,
    _ filter: ResamplingFilter, into out: UnsafeMutablePointer<Float>
  ) {
    let (w, h) = (Double(width) / 2, Double(height) / 2)
    let pixels = photo.image.warped(
      by: photo.map.after(Homography(elements: [w, 0, w, 0, h, h, 0, 0, 1]))
        .after(map)
        .after(Homography(elements: [1 / w, 0, -1, 0, 1 / h, -1, 0, 0, 1])),
      width: width, height: height, filter: filter, outside: Self.outside)
    normalize(pixels, into: out)
  }

  /// The colour that normalises to 0.
  private static let outside = {
    let mean = ImageNetStatistics.mean.map { 255 * $0 }
    return (mean[0], mean[1], mean[2])
  }()

  private static func normalize(_ pixels: [Float], into out: UnsafeMutablePointer<Float>) {
    let (mean, deviation) = (ImageNetStatistics.mean, ImageNetStatistics.standardDeviation)
    for channel in 0..<3 {
      let (mean, deviation) = (mean[channel], deviation[channel])
      for index in stride(from: channel, to: pixels.count, by: 3) {
        // A photo has no values outside of 0…255.
        out[index] = (min(max(pixels[index], 0), 255) / 255 - mean) / deviation
      }
    }
  }
}
