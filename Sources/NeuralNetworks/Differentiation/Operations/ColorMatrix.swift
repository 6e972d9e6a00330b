import Tensors

extension Tape {
  /// An affine map of each image's colours: x `[N, H, W, 3]`, matrix `[N, 3, 4]`; pixel p becomes
  /// matrix · (p, 1).
  ///
  /// - Throws: `UserError` when the shapes do not fit.
  public func colorMatrix(_ x: Variable, matrix: Variable) throws -> Variable {
    let size = try extents(x, "a colour matrix")
    try require(
      size.channels == 3 && matrix.shape == [size.batch, 3, 4],
      "a colour matrix [N, 3, 4] for images [N, H, W, 3] is not \(matrix.shape) for \(x.shape)")
    let plane = 3 * size.imagePixels
    let out = allocate(size.count)
    let (input, matrices) = (x.value.storage, matrix.value.storage)
    context.overRows(size.batch * size.height, channels: 3 * size.width) { rows in
      for row in rows {
        let m = matrices.pointer + row / size.height * 12
        let (from, to) = (
          input.pointer + row * 3 * size.width, out.pointer + row * 3 * size.width
        )
        for pixel in 0..<size.width {
          let p = from + 3 * pixel
          for k in 0..<3 {
            to[3 * pixel + k] =
              m[4 * k] * p[0] + m[4 * k + 1] * p[1] + m[4 * k + 2] * p[2] + m[4 * k + 3]
          }
        }
      }
    }
    let (xs, ms) = (x.slot, matrix.slot)
    return record(Tensor(size.shape, storage: out), from: [x, matrix]) { [self] upstream in
      let dy = upstream.storage
      if let ms {
        let dm = allocate(12 * size.batch)
        context.pool.run(size.batch) { image, _ in
          gradientOfColorMatrix(
            input.pointer + image * plane, dy.pointer + image * plane, size.imagePixels,
            dm.pointer + 12 * image)
        }
        ms.accumulate(Tensor([size.batch, 3, 4], storage: dm), on: self)
      }
      if let xs {
        let dx = allocate(size.count)
        context.pool.run(size.batch) { image, _ in
          let m = matrices.pointer + 12 * image
          let (from, to) = (dy.pointer + image * plane, dx.pointer + image * plane)
          for pixel in 0..<size.imagePixels {
            let g = from + 3 * pixel
            for c in 0..<3 {
              to[3 * pixel + c] = m[c] * g[0] + m[4 + c] * g[1] + m[8 + c] * g[2]
            }
          }
        }
        xs.accumulate(Tensor(size.shape, storage: dx), on: self)
      }
    }
  }
}

/// Σ g (p, 1)ᵀ over the pixels, row by row of the 3×4 matrix.
private func gradientOfColorMatrix(
  _ pixels: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, _ count: Int,
  _ matrix: UnsafeMutablePointer<Float>
) {
  withUnsafeTemporaryAllocation(of: Double.self, capacity: 12) { sums in
    sums.update(repeating: 0)
    for pixel in 0..<count {
      let (p, g) = (pixels + 3 * pixel, gradient + 3 * pixel)
      for k in 0..<3 {
        let slope = Double(g[k])
        for c in 0..<3 { sums[4 * k + c] += slope * Double(p[c]) }
        sums[4 * k + 3] += slope
      }
    }
    for index in 0..<12 { matrix[index] = Float(sums[index]) }
  }
}
