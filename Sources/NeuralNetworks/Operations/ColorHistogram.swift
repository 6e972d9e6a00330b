import CKernels
import Support
import Tensors

/// How often each brightness occurs in an image: for R, G, B and the chroma max − min, the share of
/// pixels in each of `bins` equal parts of 0…1, times `bins`, under a square root, which keeps rare
/// values visible. Of images normalised by `ImageNetStatistics`; what lies outside of 0…1 counts in
/// the first or last bin.
struct ColorHistogramOperation: DifferentiableOperation {
  let bins: Int

  var name: String { "the colour histogram" }

  func shape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs[0].channels == 3, (2...256).contains(bins) else {
      throw UserError(
        "the colour histogram takes three channels and 2 to 256 bins, not "
          + "\(inputs[0].extents) and \(bins)")
    }
    return FeatureShape(channels: 4 * bins)
  }

  func function(of inputs: [FeatureShape]) -> GraphFunction {
    .colorHistogram(bins: bins)
  }

  func compute(_ inputs: [ActivationView], into output: ActivationView, _ context: ComputeContext) {
    let (x, pixels) = (inputs[0], inputs[0].features.pixels)
    let (scale, shift) = (ImageNetStatistics.standardDeviation, ImageNetStatistics.mean)
    context.pool.run(x.batch) { image, _ in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 * bins) { counts in
        rg_color_histogram(
          x.image(image), x.pixelStride, pixels, scale, shift, bins, counts.baseAddress)
        let to = output.image(image)
        let share = Float(bins) / Float(pixels)
        for index in 0..<4 * bins { to[index] = (Float(counts[index]) * share).squareRoot() }
      }
    }
  }

  func backward(_ inputs: [Variable], on tape: Tape) -> Tape.Backward? { nil }
}

extension Computation {
  /// The histograms of R, G, B and chroma of normalised images: `[N, H, W, 3]` → `[N, 1, 1, 4 · bins]`.
  /// They have no gradient: x counts as a constant.
  ///
  /// - Parameter bins: 2 to 256.
  /// - Throws: `UserError` when x has not three channels.
  public func colorHistogram(_ x: Value, bins: Int) throws -> Value {
    try apply(ColorHistogramOperation(bins: bins), x)
  }
}
