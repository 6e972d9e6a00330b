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
    let (input, pixels) = (x.value.storage, size.imagePixels)
    let (mean, deviation) = (ImageNetStatistics.mean, ImageNetStatistics.standardDeviation)
    context.pool.run(size.batch) { image, _ in
      let from = input.pointer + image * pixels * 3
      let counts = out.pointer + image * 4 * bins
      counts.update(repeating: 0, count: 4 * bins)
      // NaN has no order: min and max let it fall into the first bin.
      func bin(_ value: Float) -> Int { Int(min(max(0, value * Float(bins)), Float(bins - 1))) }
      for pixel in 0..<pixels {
        let r = from[3 * pixel] * deviation[0] + mean[0]
        let g = from[3 * pixel + 1] * deviation[1] + mean[1]
        let b = from[3 * pixel + 2] * deviation[2] + mean[2]
        counts[bin(r)] += 1
        counts[bins + bin(g)] += 1
        counts[2 * bins + bin(b)] += 1
        counts[3 * bins + bin(max(r, g, b) - min(r, g, b))] += 1
      }
      let scale = Float(bins) / Float(pixels)
      for index in 0..<4 * bins { counts[index] = (counts[index] * scale).squareRoot() }
    }
    return constant(Tensor([size.batch, 4 * bins], storage: out))
  }
}
