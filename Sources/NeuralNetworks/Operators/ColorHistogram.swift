import CKernels
import Support
import Tensors

extension Tape {
  /// How often each brightness occurs in an image: for R, G, B and the chroma max − min, the share of
  /// pixels in each of `bins` equal parts of 0…1, times `bins`, under a square root, which keeps rare
  /// values visible. `[N, H, W, 3]` → `[N, 4 · bins]`. It has no gradient: x counts as a constant.
  ///
  /// - Parameters:
  ///   - x: images normalised by `ImageNetStatistics`; what lies outside of 0…1 counts in the first
  ///     or last bin.
  ///   - bins: 2 to 256.
  /// - Throws: `UserError` when x has not three channels.
  public func colorHistogram(_ x: Variable, bins: Int) throws -> Variable {
    let size = try extents(x, "the colour histogram")
    try require(size.channels == 3, "the colour histogram takes three channels, not \(x.shape)")
    try require((2...256).contains(bins), "the colour histogram has 2 to 256 bins, not \(bins)")
    let out = allocate(size.batch * 4 * bins)
    let target = Extents(batch: size.batch, height: 1, width: 1, channels: 4 * bins)
    colorHistograms(size.view(x.value.storage), bins: bins, into: target.view(out), context)
    return constant(Tensor([size.batch, 4 * bins], storage: out))
  }
}

/// The histograms of each image, dense.
private func colorHistograms(
  _ x: ActivationView, bins: Int, into output: ActivationView, _ context: ComputeContext
) {
  let (scale, shift) = (ImageNetStatistics.standardDeviation, ImageNetStatistics.mean)
  let pixels = x.height * x.width
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

extension InferenceGraph {
  public func colorHistogram(_ x: Value, bins: Int) throws -> Value {
    try append(
      FloatOperation("the colour histogram") { inputs in
        guard inputs[0].channels == 3, (2...256).contains(bins) else {
          throw UserError(
            "the colour histogram takes three channels and 2 to 256 bins, not "
              + "\(inputs[0].extents) and \(bins)")
        }
        return FeatureShape(channels: 4 * bins)
      } _: { inputs, output, context in
        colorHistograms(inputs[0], bins: bins, into: output, context)
      }, x)
  }
}
