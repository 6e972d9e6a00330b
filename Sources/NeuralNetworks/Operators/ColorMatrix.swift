import CKernels
import Support
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
    colorMatrix3x4(
      size.view(x.value.storage), matrices: matrices.pointer, stride: 12, into: size.view(out),
      context)
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

/// Each image of three channels under its matrix, `stride` floats from one to the next.
private func colorMatrix3x4(
  _ x: ActivationView, matrices: UnsafePointer<Float>, stride: Int, into output: ActivationView,
  _ context: ComputeContext
) {
  let parts = max(1, min(x.height, 4 * context.pool.threads / max(x.batch, 1)))
  let pixels = x.height * x.width
  context.pool.run(x.batch * parts) { task, _ in
    let (image, part) = (task / parts, task % parts)
    let (begin, end) = (pixels * part / parts, pixels * (part + 1) / parts)
    rg_color_matrix(
      x.image(image) + begin * x.pixelStride, x.pixelStride, matrices + image * stride,
      output.image(image) + begin * output.pixelStride, output.pixelStride, end - begin)
  }
}

extension InferenceGraph {
  public func colorMatrix(_ x: Value, matrix: Value) throws -> Value {
    try append(
      FloatOperation("a colour matrix") { inputs in
        guard inputs[0].channels == 3, inputs[1].count == 12 else {
          throw UserError(
            "a colour matrix of 12 numbers for images of three channels is not "
              + "\(inputs[1].extents) for \(inputs[0].extents)")
        }
        return inputs[0]
      } _: { inputs, output, context in
        colorMatrix3x4(
          inputs[0], matrices: inputs[1].pointer, stride: inputs[1].pixelStride, into: output,
          context)
      }, x, matrix)
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
